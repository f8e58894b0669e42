import { Module } from '@nestjs/common';
import { CredentialsController } from './credentials.controller.js';
import { KeyRotation } from './key-rotation.js';
import { Revocations } from './revocations.js';

@Module({ controllers: [CredentialsController], providers: [KeyRotation, Revocations] })
export class CredentialsModule {}
