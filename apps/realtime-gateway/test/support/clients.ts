import { after } from 'node:test';
import {
  connectRealtime,
  type ReceivedMessage,
  type RealtimeClient,
  type RealtimeOptions,
} from '@signalbox/client/realtime';
import type { Room, RoomAnswer } from '@signalbox/contracts';
import { tokenOf, type TokenOf } from '@signalbox/hosting/testing';

/** A page that is open, and what it has been told. */
export interface Page {
  readonly client: RealtimeClient;
  readonly messages: ReceivedMessage[];
  readonly joined: [Room, RoomAnswer][];
  readonly refused: [Room, string][];
  readonly states: string[];
}

/** Opens pages, and closes them after the tests of the `describe` it is called in. */
export function withPages() {
  const open: RealtimeClient[] = [];
  after(() => open.forEach((client) => client.close()));
  return (
    url: string,
    rooms: readonly Room[],
    as: TokenOf & { token?: () => Promise<string> } = { role: 'admin' },
  ): Page => {
    const messages: ReceivedMessage[] = [];
    const joined: Page['joined'] = [];
    const refused: Page['refused'] = [];
    const states: string[] = [];
    const options: RealtimeOptions = {
      url,
      rooms,
      token: as.token ?? (() => tokenOf(as)),
      onMessage: (message) => messages.push(message),
      onJoined: (room, answer) => joined.push([room, answer]),
      onRefused: (room, reason) => refused.push([room, reason]),
      onState: ({ state }) => states.push(state),
    };
    const client = connectRealtime(options);
    open.push(client);
    return { client, messages, joined, refused, states };
  };
}
