import { type CatalogSource, recalled } from '../source';
import type { StorageSpec } from './schema';

/** The profiles of the sizing that came before, as it publishes them. */
const sizingRows: CatalogSource = {
  url: 'https://github.com/alecatuae/calculadoraSizingInfraIA/blob/main/storage.json',
  read_at: '2026-11-21',
  basis: 'published',
};

const profiles: readonly StorageSpec[] = [
  {
    name: 'profile_default',
    type: 'nvme_local',
    iops_read: 1_000_000,
    iops_write: 800_000,
    throughput_read_gbps: 28,
    throughput_write_gbps: 25,
    latency_read_ms_p50: 0.08,
    latency_read_ms_p99: 0.15,
    latency_write_ms_p50: 0.1,
    latency_write_ms_p99: 0.2,
    notes: 'Several local NVMe disks together.',
    source: sizingRows,
  },
  {
    name: 'profile_network_ssd',
    type: 'network_ssd',
    iops_read: 500_000,
    iops_write: 300_000,
    throughput_read_gbps: 12,
    throughput_write_gbps: 10,
    latency_read_ms_p50: 0.5,
    latency_read_ms_p99: 2,
    latency_write_ms_p50: 1,
    latency_write_ms_p99: 3.5,
    notes: 'Flash over the network: NFS over RDMA, Ceph.',
    source: sizingRows,
  },
  {
    name: 'profile_cloud_premium',
    type: 'cloud_block_storage',
    iops_read: 160_000,
    iops_write: 120_000,
    throughput_read_gbps: 4,
    throughput_write_gbps: 4,
    latency_read_ms_p50: 1,
    latency_read_ms_p99: 5,
    latency_write_ms_p50: 1.5,
    latency_write_ms_p99: 6,
    notes: 'The faster block storage of public clouds.',
    source: sizingRows,
  },
  {
    name: 'profile_single_nvme',
    type: 'nvme_local',
    iops_read: 1_000_000,
    iops_write: 200_000,
    throughput_read_gbps: 7,
    throughput_write_gbps: 5,
    latency_read_ms_p50: 0.08,
    latency_read_ms_p99: 0.3,
    latency_write_ms_p50: null,
    latency_write_ms_p99: null,
    notes: 'One PCIe 4 NVMe disk.',
    source: recalled,
  },
  {
    name: 'profile_hard_disks',
    type: 'hdd_array',
    iops_read: 1_000,
    iops_write: 1_000,
    throughput_read_gbps: 1,
    throughput_write_gbps: 1,
    latency_read_ms_p50: 8,
    latency_read_ms_p99: 30,
    latency_write_ms_p50: null,
    latency_write_ms_p99: null,
    notes: 'An array of hard disks.',
    source: recalled,
  },
];

/** The storage profiles known by name. */
export function catalogStorage(): readonly StorageSpec[] {
  return profiles;
}
