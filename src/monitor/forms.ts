// FORMS: what settings and a provision may hold.

/**
 * By name, a line a field: its name, what it is, the value that it has where it is not there ("?": it need not be there, "-": it must be), the smallest and
 * the largest value or length. A field that is a form has one of its own name. As text, which takes half the flash of a table of objects.
 *
 * Alarm limits: defaults and ranges follow what bedside monitors offer (asystole 3-10 s on Mindray, 4 s on EDAN; adult heart-rate limits 50 and 120 per
 * minute; pause 2-3 s: AHA/ACCF/HRS practice standards 2017).
 *
 * Lengths: IEEE 802.11 has 32 bytes for an SSID and 63 for a WPA2 passphrase. The longest text of TLS is a certificate chain in PEM: a provision is a file of a
 * few kilobytes, and the device reads it into RAM.
 */
export const FORMS: Readonly<Record<string, string>> = Object.freeze({
  settings: `\
deviceId id edgebeat-1
asystoleMs whole 4000 3000 10000
pauseMs whole 2500 1500 5000
bradycardiaBpm whole 50 20 100
tachycardiaBpm whole 120 60 220
ventricularTachycardiaBpm whole 100 90 200
unreadableMs whole 20000 5000 600000
keepAliveMs whole 30000 5000 600000
statusIntervalMs whole 10000 1000 3600000`,
  provision: `\
version whole - 1 1
deviceId id
keys form
settings form {}
wifi form ?
broker form ?`,
  keys: `\
epoch whole - 1 4294967295
data key
command key`,
  wifi: `\
ssid text - 1 32
password text - 0 63`,
  broker: `\
host text - 1 253
port whole ? 1 65535
user text - 0 255
password text - 0 255
tls form ?`,
  tls: `\
ca text - 1 8192
cert text - 1 8192
key text - 1 8192`,
});
