import { Module, type DynamicModule } from '@nestjs/common';
import { StoringModule } from '../storing/storing.module.js';
import { TellingModule } from '../telling/telling.module.js';
import { AttemptEvent } from './attempt-event.js';
import { PROCESSING, type Processing } from './event-handler.js';
import { ProcessEvents } from './process-events.js';
import { ReceivedConsumer } from './received.consumer.js';

@Module({})
export class ProcessingModule {
  static with(processing: Processing): DynamicModule {
    return {
      module: ProcessingModule,
      imports: [StoringModule, TellingModule],
      controllers: [ReceivedConsumer],
      providers: [{ provide: PROCESSING, useValue: processing }, AttemptEvent, ProcessEvents],
      exports: [AttemptEvent],
    };
  }
}
