export { realtimeGateway } from './definition.js';
export { MAX_CATCH_UP_MESSAGES } from './rooms/rooms.js';
