// The gRPC services: each method is a route, and runs exactly as its REST twin does.
import type { Route } from '../route.ts';
import { cancelPlan, cancelSubscription, getBalance, sendGift, sendTip, subscribe, unlock } from '../routes-money.ts';

export type GrpcService = {
  /** Of the ports in the configuration. */
  readonly name: 'monetization';
  /** File under schemas/proto/, and the full name of the service in it. */
  readonly proto: string;
  readonly service: string;
  readonly methods: Readonly<Record<string, Route>>;
};

export const grpcServices: readonly GrpcService[] = [
  {
    name: 'monetization',
    proto: 'monetization.proto',
    service: 'profithack.monetization.Monetization',
    methods: {
      SendGift: sendGift,
      SendTip: sendTip,
      Subscribe: subscribe,
      CancelSubscription: cancelSubscription,
      CancelPlan: cancelPlan,
      Unlock: unlock,
      GetBalance: getBalance,
    },
  },
];
