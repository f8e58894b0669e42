export { Answer, RestApi, tokenOf, type CallOptions, type Method } from './rest-api.js';
export {
  startHosted,
  withHosted,
  type Hosted,
  type HostedProcesses,
  type StartOptions,
} from './with-hosted.js';
