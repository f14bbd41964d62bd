// Names of alarm conditions, for devices that say them.

/** Codes and names of ALARM_CONDITIONS. As text, since that table of objects takes ten times as much flash. */
const NAMES = "\
1 asystole,2 bradycardia,3 tachycardia,4 pause,5 ventricular-fibrillation,6 ventricular-tachycardia,7 atrial-fibrillation,8 veb-run,9 veb-couplet,\
10 bigeminy,11 trigeminy,12 svt-run,13 idioventricular,64 lead-off,65 afe-fault,66 samples-lost,67 ecg-unreadable,68 journal-fault,80 device-restart";

/** @returns "unknown" for a code that there is no condition of */
export function conditionName(code: number): string {
  const start = `${code} `;
  return NAMES.split(",").find((row) => row.startsWith(start))?.slice(start.length) ?? "unknown";
}
