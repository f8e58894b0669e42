import { Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { circuitAction, ok, type CircuitAction, type Success } from '@signalbox/contracts';
import { Access, Auditor, Caller, Correlation, ValidBody } from '@signalbox/platform';
import { RoutingEngine, type CircuitState } from '@signalbox/routing';
import { locateNode } from '../catalog/locate-node.js';

@ApiTags('admin')
@Controller('admin/nodes')
export class CircuitsController {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly auditor: Auditor,
  ) {}

  /** Opens a node's circuit by hand, or closes it and forgets what tripped it. Live on every replica at once. */
  @Post(':nodeId/circuit')
  @Access({ roles: ['admin'], perMinute: 30 })
  async act(
    @Param('nodeId') nodeId: string,
    @ValidBody(circuitAction) body: CircuitAction,
    @Caller() caller: Caller,
  ): Promise<Success<{ nodeId: string; circuit: CircuitState }>> {
    const { serviceName, node } = locateNode(this.engine, nodeId, caller);
    const before = node.circuit;
    const reason = `${body.action} by ${caller.subject}${body.reason === undefined ? '' : `: ${body.reason}`}`;
    if (body.action === 'force_open') this.engine.forceOpen(serviceName, nodeId, reason);
    else this.engine.resetCircuit(serviceName, nodeId, reason);
    const after = locateNode(this.engine, nodeId, caller).node.circuit;
    await this.auditor.record({
      actor: caller.subject,
      role: caller.role,
      action: `circuit.${body.action}`,
      object: `node:${nodeId}`,
      serviceName,
      before,
      after,
      correlationId: Correlation.id() ?? 'none',
    });
    return ok({ nodeId, circuit: after });
  }
}
