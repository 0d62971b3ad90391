import { doctorText } from '../../core/report/doctor-text';
import { printResult, type CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { profileFrom } from '../profile-file';

export const doctor: CliCommand<{ readonly profile?: string }> = {
  meta: {
    name: 'doctor',
    summary: 'Say what costs speed or safety on this machine, and what to do.',
    options: [
      { flags: '--profile <file>', description: 'machine to look at; default: this one, as measured' },
    ],
  },
  async handler(context, options) {
    const profile = options.profile === undefined ? null : await profileFrom(options.profile);
    const diagnosis = await context.call('doctor.diagnose', { profile });
    printResult(context, diagnosis, () => doctorText(diagnosis, context.terminal));
    return exitStatus.done;
  },
};
