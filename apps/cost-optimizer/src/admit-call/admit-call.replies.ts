import { Controller } from '@nestjs/common';
import {
  ADMISSIONS_QUEUE_GROUP,
  ADMISSIONS_RELEASE,
  ADMISSIONS_REQUEST,
  admissionRelease,
  admissionRequest,
  ok,
  type AdmissionAnswer,
  type AdmissionRelease,
  type AdmissionReleased,
  type AdmissionRequest,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { AdmitCall } from './admit-call.js';

/** The same question over NATS. Who may ask is the NATS server's own authentication. */
@Controller()
export class AdmitCallReplies {
  constructor(
    private readonly admitCall: AdmitCall,
    private readonly ledger: ObservedLedger,
  ) {}

  @Replies(ADMISSIONS_REQUEST, { queue: ADMISSIONS_QUEUE_GROUP, request: admissionRequest })
  async admit(request: AdmissionRequest): Promise<Success<AdmissionAnswer>> {
    return ok(await this.admitCall.execute(request));
  }

  @Replies(ADMISSIONS_RELEASE, { queue: ADMISSIONS_QUEUE_GROUP, request: admissionRelease })
  async release(request: AdmissionRelease): Promise<Success<AdmissionReleased>> {
    const { changed } = await this.ledger.release(request);
    return ok({ released: changed });
  }
}
