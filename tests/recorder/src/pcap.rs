//! The file format that Wireshark opens: draft-ietf-opsawg-pcap, with nanoseconds.

use std::time::UNIX_EPOCH;

use crate::sources::packets::Frame;

/// "The times have nanoseconds, and the numbers are little-endian."
const MAGIC: u32 = 0xa1b2_3c4d;
const VERSION: [u16; 2] = [2, 4];
/// Nothing longer is captured: the MTU of the loopback is 65536, and before it stands Ethernet's
/// header.
const SNAP_LENGTH: u32 = 1 << 18;
const LINKTYPE_ETHERNET: u32 = 1;

/// The frames as a file.
pub fn file(frames: &[Frame]) -> Vec<u8> {
    let mut file = MAGIC.to_le_bytes().to_vec();
    file.extend(VERSION.iter().flat_map(|number| number.to_le_bytes()));
    for number in [0, 0, SNAP_LENGTH, LINKTYPE_ETHERNET] {
        file.extend(number.to_le_bytes());
    }
    for frame in frames {
        let at = frame.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let length = frame.bytes.len() as u32;
        for number in [at.as_secs() as u32, at.subsec_nanos(), length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(&frame.bytes);
    }
    file
}
