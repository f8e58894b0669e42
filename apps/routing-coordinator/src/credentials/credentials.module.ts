import { Module } from '@nestjs/common';
import { CredentialsController } from './credentials.controller.js';
import { Revocations } from './revocations.js';

@Module({ controllers: [CredentialsController], providers: [Revocations] })
export class CredentialsModule {}
