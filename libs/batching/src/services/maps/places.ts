export interface Place {
  readonly name: string;
  readonly longitude: number;
  readonly latitude: number;
  /** The provider's own id of it; null when it gave none. */
  readonly providerId: string | null;
}

interface MapboxFeature {
  geometry?: { coordinates?: [number, number] };
  properties?: { mapbox_id?: string; full_address?: string; name?: string; place_formatted?: string };
}

/** Geocoding v6: a FeatureCollection. */
export function mapboxPlaces(answer: unknown): Place[] {
  return listOf<MapboxFeature>(answer, 'features').flatMap(({ geometry, properties = {} }) => {
    const [longitude, latitude] = geometry?.coordinates ?? [];
    const { full_address, name, place_formatted, mapbox_id } = properties;
    const shown = full_address ?? [name, place_formatted].filter(Boolean).join(', ');
    return place(shown, longitude, latitude, mapbox_id);
  });
}

interface GoogleResult {
  formatted_address?: string;
  place_id?: string;
  geometry?: { location?: { lat?: number; lng?: number } };
}

export function googlePlaces(answer: unknown): Place[] {
  return listOf<GoogleResult>(answer, 'results').flatMap(({ formatted_address, place_id, geometry }) =>
    place(formatted_address ?? '', geometry?.location?.lng, geometry?.location?.lat, place_id),
  );
}

interface HereItem {
  title?: string;
  id?: string;
  position?: { lat?: number; lng?: number };
}

export function herePlaces(answer: unknown): Place[] {
  return listOf<HereItem>(answer, 'items').flatMap(({ title, id, position }) =>
    place(title ?? '', position?.lng, position?.lat, id),
  );
}

function place(name: string, longitude?: number, latitude?: number, providerId?: string): Place[] {
  if (longitude === undefined || latitude === undefined) return [];
  return [{ name, longitude, latitude, providerId: providerId ?? null }];
}

function listOf<Element>(answer: unknown, member: string): Element[] {
  const list = (answer as Record<string, unknown> | null | undefined)?.[member];
  return Array.isArray(list) ? (list as Element[]) : [];
}
