export {
  connectRealtime,
  type RealtimeClient,
  type RealtimeOptions,
  type RealtimeState,
  type RoomJoined,
} from './realtime-client.js';
export type { ReceivedMessage } from './room-tracker.js';
