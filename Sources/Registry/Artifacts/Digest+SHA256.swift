package import GatehouseCore

// The struct alone: Crypto has a protocol called Digest too.
import struct Crypto.SHA256

extension Digest {
    package static func sha256(of bytes: [UInt8]) -> Digest { Digest(bytes: Array(SHA256.hash(data: bytes))) }
}
