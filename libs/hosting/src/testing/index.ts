export { Answer, RestApi, tokenOf, type CallOptions, type TokenOf, type Method } from './rest-api.js';
export {
  startHosted,
  withHosted,
  type Hosted,
  type HostedProcesses,
  type StartOptions,
} from './with-hosted.js';
