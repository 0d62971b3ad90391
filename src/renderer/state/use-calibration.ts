import { useEffect, useState } from 'react';
import type { Calibration } from '../../core/calibration/schema';
import type { Profile } from '../../core/profile/schema';
import { useClientCall } from './use-client-call';

/** What receipts taught of this machine; asked again when the profile changes or a trial is over. Null until it is known. */
export function useCalibration(profile: Profile | null, trialRuns: boolean): Calibration | null {
  const { run } = useClientCall('calibration.current');
  const [calibration, setCalibration] = useState<Calibration | null>(null);
  useEffect(() => {
    if (profile === null || trialRuns) return;
    void run({}).then((output) => setCalibration(output?.calibration ?? null));
  }, [run, profile, trialRuns]);
  return calibration;
}
