import { Module } from '@nestjs/common';
import { NodePrices } from './node-prices.js';
import { SettleSpend } from './settle-spend.js';
import { SpendConsumer } from './spend.consumer.js';

/** Decisions reserve, outcomes settle. */
@Module({ controllers: [SpendConsumer], providers: [NodePrices, SettleSpend] })
export class SettleSpendModule {}
