import type { Finding } from '../finding';
import type { SmiFailure } from './nvidia-smi-answer';

/** nvidia-smi could not be asked, and nobody else gave a card. */
export function couldNotLook({ reason, remedy }: SmiFailure): Finding {
  return {
    severity: 'warning',
    code: 'gpus-unknown',
    path: '/hardware/gpus',
    message: `The GPUs could not be looked at: ${reason.replace(/^[a-z-]+: /, '').replace(/\.$/, '')}.`,
    remedy,
  };
}

/** What nvidia-smi said beside the cards: that one is lost, or something else. */
export function complaint(message: string): Finding {
  const lost = /device handle|lost/i.test(message);
  return {
    severity: lost ? 'error' : 'warning',
    code: lost ? 'gpu-lost' : 'nvidia-smi-complains',
    path: '/hardware/gpus',
    message: lost ? `A GPU does not answer and is left out: ${message}` : `nvidia-smi says: ${message}`,
    remedy: lost ? 'Restart the machine to recover it, and look for Xid messages in the kernel log.' : null,
  };
}

/** The bus shows a card that the driver does not. */
export function cardUnused(): Finding {
  return {
    severity: 'warning',
    code: 'gpu-unused',
    path: '/hardware/gpus',
    message:
      'There is an NVIDIA display controller on the PCI bus, but its driver finds no GPU that it can use.',
    remedy:
      'Use a driver that supports this card, and check that it is not passed through to a virtual machine.',
  };
}
