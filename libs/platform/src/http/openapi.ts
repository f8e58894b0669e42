import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ERROR_STATUS } from '@signalbox/contracts';
import { LIMIT_EXTENSION, ROLES_EXTENSION } from '../access/access.js';
import { DOCS_PATH } from './request-hooks.js';

/** OpenAPI at `/docs`, as JSON at `/docs/json`; built when first asked for. */
export function addDocumentation(app: INestApplication, title: string): void {
  const head = new DocumentBuilder()
    .setTitle(`Signalbox: ${title}`)
    // The schemas are JSON Schema 2020-12, which OpenAPI speaks since 3.1.
    .setOpenAPIVersion('3.1.0')
    .setDescription(
      'Answers: `{ success, message?, data }`, or `{ success, error: { code, message, details? }, correlationId }`.',
    )
    .addBearerAuth()
    .build();
  SwaggerModule.setup(DOCS_PATH, app, () => withAccess(SwaggerModule.createDocument(app, head)), {
    jsonDocumentUrl: `${DOCS_PATH}/json`,
    raw: ['json'],
  });
}

/** Says in each operation's description what its extensions say to machines. */
function withAccess(document: OpenAPIObject): OpenAPIObject {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Failure: FAILURE },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, Operation>)) {
      operation.responses['default'] = FAILED;
      const roles = operation[ROLES_EXTENSION]?.join(', ') ?? 'anybody';
      const perMinute = operation[LIMIT_EXTENSION];
      const bound = perMinute === undefined ? 'its own' : `${perMinute} requests a minute`;
      const limit = `Roles: ${roles}. Limit: ${bound}.`;
      operation.description = [operation.description, limit].filter(Boolean).join('\n\n');
    }
  }
  return document;
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const FAILURE: Schemas[string] = {
  type: 'object',
  required: ['success', 'error', 'correlationId'],
  properties: {
    success: { type: 'boolean', enum: [false] },
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERROR_STATUS) },
        message: { type: 'string' },
        details: {},
      },
    },
    correlationId: { type: 'string' },
  },
};
const FAILED = {
  description: 'Any failure, with the status that belongs to its code',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
};

interface Operation {
  responses: Record<string, object>;
  description?: string;
  [ROLES_EXTENSION]?: string[];
  [LIMIT_EXTENSION]?: number;
}
