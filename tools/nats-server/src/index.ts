export { findNatsServer } from './find-nats-server.ts'
export { type NatsCluster, type NatsNode, startNatsCluster, startNatsServer } from './start-nats.ts'
