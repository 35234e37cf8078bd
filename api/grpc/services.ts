// The gRPC services: each method is a route, and runs exactly as its REST twin does.
import type { Route } from '../route.ts';
import {
  block,
  boost,
  getMatches,
  getSwipesLeft,
  report,
  swipe,
  unblock,
  undo,
  unlockMatch,
} from '../routes-dating.ts';
import { cancelPlan, cancelSubscription, getBalance, sendGift, sendTip, subscribe, unlock } from '../routes-money.ts';
import { getCrl, issueCertificate, listCertificates, revokeCertificate } from '../routes-security.ts';

export type GrpcService = {
  /** Of the ports in the configuration. */
  readonly name: 'dating' | 'monetization' | 'security';
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
  {
    name: 'dating',
    proto: 'dating.proto',
    service: 'profithack.dating.Dating',
    methods: {
      GetMatches: getMatches,
      GetSwipes: getSwipesLeft,
      Swipe: swipe,
      Undo: undo,
      UnlockMatch: unlockMatch,
      Boost: boost,
      Block: block,
      Unblock: unblock,
      Report: report,
    },
  },
  {
    name: 'security',
    proto: 'security.proto',
    service: 'profithack.security.Security',
    methods: {
      IssueCertificate: issueCertificate,
      RevokeCertificate: revokeCertificate,
      GetCrl: getCrl,
      ListCertificates: listCertificates,
    },
  },
];
