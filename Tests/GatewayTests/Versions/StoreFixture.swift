import Foundation
import GatehouseCore
import Serving
import WireAPI

import struct Crypto.SHA256

/// Pinned versions as the registry would name them.
enum StoreFixture {
    static func sha256(_ bytes: [UInt8]) -> String { Digest(bytes: Array(SHA256.hash(data: bytes))).description }

    /// The digest over the canonical form of the list, as docs/api.md gives it: written out here a second time.
    static func version(
        of entries: [ManifestEntry], number: Int64 = 7, upstream: Upstream = .native
    ) throws -> ServedVersion {
        let files = entries.sorted { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }.map { entry in
            "{\"bytes\":\(entry.bytes),\"path\":\(JSONValue.string(entry.path).canonicalText),\"sha256\":\"\(entry.digest.dropFirst(7))\"}"
        }
        let canonical = "{\"files\":[\(files.joined(separator: ","))],\"format\":1}"
        return ServedVersion(
            version: try VersionNumber(number), digest: try Digest(parsing: sha256(Array(canonical.utf8))), upstream: upstream)
    }
}
