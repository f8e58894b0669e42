const PURE = '^libs/(catalog|routing|statistics|budgets|batching|webhooks)/';
const TEST = '\\.spec\\.ts$|^apps/[^/]+/test/|^libs/[^/]+/src/testing/';
/** Pure computation that pure libraries may stand on. */
const PURE_PACKAGES =
  'node_modules/(@datadog/sketches-js|@bsull/augurs|simple-statistics|typebox|ipaddr\\.js)/';
/** Digests, signatures and bytes are functions of their arguments; the linter keeps out what of them is chance. */
const PURE_CORE = '^(node:)?(crypto|buffer)$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'pure-libraries-stay-pure',
      comment:
        'Routing, statistics and the like are arguments in, answer out: tested by table and property without ' +
        'a server, and reusable behind any edge. So they import each other, contracts and pure packages: no ' +
        'Nest, no TypeORM, no Redis, no NATS, nothing of Node but digests and bytes.',
      severity: 'error',
      from: { path: PURE, pathNot: TEST },
      to: { pathNot: [PURE, '^libs/contracts/', PURE_PACKAGES, PURE_CORE] },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      comment:
        'The wire is what everything else agrees on: were it to depend on one side, the other could not.',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^(libs|apps|tools|bench)/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'the-client-stands-alone',
      comment:
        'Services install the client into their own process: it brings the contract and nothing of ours.',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: TEST },
      to: { path: '^(libs|apps|tools|bench)/', pathNot: ['^libs/client/', '^libs/contracts/'] },
    },
    {
      name: 'apps-never-import-apps',
      comment:
        'Apps ask each other over NATS, so that each can run, fail and scale alone. Standalone composes them.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libraries-never-import-apps',
      comment: 'A library that knows who uses it is not one.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|bench)/' },
    },
    {
      name: 'entities-never-leave-persistence',
      comment: 'An entity is the shape of a table. Outside, the stores speak in the domain’s own types.',
      severity: 'error',
      from: { pathNot: '^libs/persistence/' },
      to: { path: ['^libs/persistence/.*[./]entit(y|ies)\\b', 'node_modules/typeorm/'] },
    },
    {
      name: 'entities-are-not-exported',
      comment: 'What the package’s index exports has left it.',
      severity: 'error',
      from: { path: '^libs/persistence/src/index\\.ts$' },
      to: { path: '[./]entit(y|ies)\\b' },
    },
    {
      name: 'test-equipment-stays-in-tests',
      comment:
        'What starts servers, moves clocks and fakes providers has no place in a running service. Tests, tools and ' +
        'benchmarks use it; standalone alone starts servers, for the machine that has none.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: [TEST, '^libs/testkit/', '^apps/standalone/'] },
      to: { path: ['^(libs/testkit|tools)/', '^libs/[^/]+/src/testing/'] },
    },
    {
      name: 'standalone-only-starts-servers',
      comment: 'Standalone is a product: of the tools it takes the dev stack and nothing that tests with.',
      severity: 'error',
      from: { path: '^apps/standalone/', pathNot: TEST },
      to: { path: '^(libs/testkit|tools)/', pathNot: '^tools/dev-stack/' },
    },
    {
      name: 'no-cycles',
      comment:
        'Decorator metadata of ES modules breaks on import cycles, and a reader cannot tell which comes first.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere would pass every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
