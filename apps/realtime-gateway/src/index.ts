export { realtimeGateway } from './definition.js';
export { RECENT_MESSAGES } from './rooms/room-feed.js';
