import { Controller } from '@nestjs/common';
import {
  ADMISSIONS_QUEUE_GROUP,
  ADMISSIONS_REQUEST,
  admissionRequest,
  ok,
  type AdmissionAnswer,
  type AdmissionRequest,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { AdmitCall } from './admit-call.js';

/** The same question over NATS. Who may ask is the NATS server's own authentication. */
@Controller()
export class AdmitCallReplies {
  constructor(private readonly admitCall: AdmitCall) {}

  @Replies(ADMISSIONS_REQUEST, { queue: ADMISSIONS_QUEUE_GROUP, request: admissionRequest })
  async admit(request: AdmissionRequest): Promise<Success<AdmissionAnswer>> {
    return ok(await this.admitCall.execute(request));
  }
}
