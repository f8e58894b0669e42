import { Module } from '@nestjs/common';
import { TellingModule } from '../telling/telling.module.js';
import { RecentDeliveries } from './recent-deliveries.js';
import { StoreEvents } from './store-events.js';

@Module({ imports: [TellingModule], providers: [RecentDeliveries, StoreEvents], exports: [StoreEvents] })
export class StoringModule {}
