export { type ClusterNetwork, createClusterNetwork, whyNoNamespaces } from './cluster-network.ts'
export { findNatsServer } from './find-nats-server.ts'
export { type NatsCluster, type NatsNode, startNatsCluster, startNatsServer } from './start-nats.ts'
