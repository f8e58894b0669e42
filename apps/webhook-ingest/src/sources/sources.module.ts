import { Module } from '@nestjs/common';
import { LiveSources } from './live-sources.js';
import { SecretUse } from './secret-use.js';
import { SourcesController } from './sources.controller.js';

@Module({
  controllers: [SourcesController],
  providers: [LiveSources, SecretUse],
  exports: [LiveSources, SecretUse],
})
export class SourcesModule {}
