import type { FastifyReply } from 'fastify';
import { idSequence, Shelf, type Provider } from './provider.js';

interface Row {
  id: string;
  createdTime: string;
  fields: Record<string, unknown>;
}
interface Table {
  Params: { base: string; table: string };
}
type Written = { id?: string; fields?: Record<string, unknown> };
interface Write extends Table {
  Body: { records?: Written[] } | null;
}

/** What Airtable takes in one request. */
const MOST_RECORDS = 10;
const PAGE = 100;

/** Records of one table for all bases: list, create, update, delete, at most ten a write. */
export function airtable(): Provider {
  const rows = new Shelf<Row>();
  const nextId = idSequence('rec', 14);
  const error = (status: number, message: string) => ({
    error: {
      type:
        status === 422 ? 'INVALID_REQUEST_UNKNOWN' : status === 429 ? 'RATE_LIMIT_REACHED' : 'SERVER_ERROR',
      message,
    },
  });
  const path = '/v0/:base/:table';
  const write = (
    reply: FastifyReply,
    records: Written[] | undefined,
    one: (record: Written) => Row | undefined,
  ) => {
    if (records === undefined || records.length === 0 || records.length > MOST_RECORDS) {
      return reply.code(422).send(error(422, `1 to ${MOST_RECORDS} records are required`));
    }
    const written = records.map(one);
    if (written.includes(undefined)) return reply.code(404).send(error(404, 'Record not found'));
    return { records: written };
  };

  return {
    error,
    routes(app) {
      app.get(path, () => ({ records: rows.newest(PAGE) }));
      app.post<Write>(path, (request, reply) =>
        write(reply, request.body?.records, ({ fields = {} }) => {
          const id = nextId();
          return rows.put(id, { id, createdTime: new Date().toISOString(), fields });
        }),
      );
      app.patch<Write>(path, (request, reply) =>
        write(reply, request.body?.records, ({ id = '', fields = {} }) => {
          const row = rows.get(id);
          return row && rows.put(id, { ...row, fields: { ...row.fields, ...fields } });
        }),
      );
      app.delete<{ Querystring: { 'records[]'?: string | string[] } }>(path, (request) => {
        const ids = [request.query['records[]'] ?? []].flat();
        return { records: ids.map((id) => ({ id, deleted: rows.delete(id) })) };
      });
    },
  };
}
