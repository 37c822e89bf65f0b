import GatehouseCore

import struct Crypto.SHA256

/// SHA-256 over bytes that come in pieces.
struct StreamingHash {
    private var hash = SHA256()

    mutating func update(_ chunk: UnsafeRawBufferPointer) { hash.update(bufferPointer: chunk) }
    var digest: Digest { Digest(bytes: Array(hash.finalize())) }
}
