/**
 * The next tries after a merged call was refused: the items named as the cause each alone and the rest together;
 * where nobody is named, two halves. Repeated until a refused try has one item, it finds k poison items among n in
 * at most 2k·log₂(n) + 1 calls, and every other item is carried out.
 */
export function bisect(itemIds: readonly string[], culprits: readonly string[] = []): string[][] {
  const named = itemIds.filter((id) => culprits.includes(id));
  if (named.length > 0 && named.length < itemIds.length) {
    const others = itemIds.filter((id) => !culprits.includes(id));
    return [others, ...named.map((id) => [id])];
  }
  const middle = Math.ceil(itemIds.length / 2);
  return [itemIds.slice(0, middle), itemIds.slice(middle)].filter((half) => half.length > 0);
}
