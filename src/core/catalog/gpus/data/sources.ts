import type { CatalogSource } from '../../source';

const READ_AT = '2026-11-21';

function page(url: string): CatalogSource {
  return { url, read_at: READ_AT, basis: 'published' };
}

/** Tables of Wikipedia's lists of NVIDIA, AMD and Intel graphics units as of 2025-06-16, as JSON. */
export const listTables = page('https://github.com/voidful/gpu-info-api/blob/gpu-data/gpu.json');
/** Data sheets of NVIDIA's data-centre cards side by side, with a link to each. */
export const dataSheets = page('https://github.com/astroC86/gpu-datasheet/blob/main/README.md');
/** L40S, L4, A100 by form, A10, T4, V100. */
export const cardTable = page('https://github.com/winston-zhang-orz/gpu-specs/blob/main/specs.md');
/** L20, H20, H800, B200, MI308X. */
export const profTable = page('https://github.com/citsjtu2020/LLM-Prof/blob/main/hardware_spec.md');
export const h100Page = page('https://glennklockwood.com/garden/processors/h100');
export const h200System = page(
  'https://raw.githubusercontent.com/mlcommons/inference_results_v4.1/main/closed/NVIDIA/systems/H200-SXM-141GBx8_TRT_MaxQ.json',
);
/** NVIDIA's own table of memory of a card, H100 to GB200. */
export const nimMatrix = page(
  'https://docs.nvidia.com/nim/large-language-models/2.0.6/day-0/support-matrix-day-0.html',
);
/** GB300, GB200, B300 and B200 side by side. */
export const blackwellPage = page('https://verda.com/blog/gb300-nvl72-architecture');
export const rocmSpecs = page('https://rocm.docs.amd.com/en/7.13.0-preview/reference/gpu-specs.html');
export const mi325xPage = page(
  'https://docs.vultr.com/inference-cookbook/rocm/getting-started/hardware-requirements',
);
export const mi325xTable = page('https://awesomeagents.ai/hardware/amd-mi325x');
export const mi355xPage = page(
  'https://boston-uk-l.azurewebsites.net/blog/2025/08/14/amd-instinct-mi355x.aspx',
);
export const appleGuide = page('https://www.macrumors.com/guide/apple-silicon-buyers-guide/');
export const appleM4 = page(
  'https://goodnewsapodcast.com/apples-m4-m4-pro-and-m4-max-compared-to-past-generations-and-to-each-other',
);
export const appleStudio = page('https://english.worldmagazine.it/431260');
export const appleM1 = page(
  'https://www.somagnews.com/from-the-m1-to-the-m1-ultra-see-the-specifications-of-apples-chips/',
);
