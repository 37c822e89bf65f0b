/// Removes stored bytes that nobody refers to, one stretch of them.
package struct CollectCall: Codable, Sendable {
    package let minAgeSeconds: Int64?
    package let dryRun: Bool?
    /// Where the stretch begins: `next` of the answer before.
    package let after: String?

    package init(minAgeSeconds: Int64?, dryRun: Bool?, after: String?) {
        self.minAgeSeconds = minAgeSeconds
        self.dryRun = dryRun
        self.after = after
    }

    enum CodingKeys: String, CodingKey {
        case after
        case minAgeSeconds = "min_age_seconds"
        case dryRun = "dry_run"
    }
}

package struct CollectAnswer: Codable, Sendable {
    package var checked: Int64
    package var collected: Int64
    package var collectedBytes: Int64
    package var young: Int64
    package var dryRun: Bool
    package var next: String?

    package init(checked: Int64, collected: Int64, collectedBytes: Int64, young: Int64, dryRun: Bool, next: String?) {
        self.checked = checked
        self.collected = collected
        self.collectedBytes = collectedBytes
        self.young = young
        self.dryRun = dryRun
        self.next = next
    }

    enum CodingKeys: String, CodingKey {
        case checked, collected, young, next
        case collectedBytes = "collected_bytes"
        case dryRun = "dry_run"
    }
}

/// Reads stored bytes again and compares them with their digests, one stretch of them.
package struct ScrubCall: Codable, Sendable {
    package let bytesPerSecondMax: Int64?
    package let after: String?

    package init(bytesPerSecondMax: Int64?, after: String?) {
        self.bytesPerSecondMax = bytesPerSecondMax
        self.after = after
    }

    enum CodingKeys: String, CodingKey {
        case after
        case bytesPerSecondMax = "bytes_per_second_max"
    }
}

package struct ScrubAnswer: Codable, Sendable {
    /// A blob whose bytes are wrong or gone, and who would miss it.
    package struct Damage: Codable, Sendable {
        package let digest: String
        /// `damaged` or `missing`.
        package let kind: String
        package let usedBy: [String]

        package init(digest: String, kind: String, usedBy: [String]) {
            self.digest = digest
            self.kind = kind
            self.usedBy = usedBy
        }

        enum CodingKeys: String, CodingKey {
            case digest, kind
            case usedBy = "used_by"
        }
    }

    package var checked: Int64
    package var bytes: Int64
    package var damages: [Damage]
    package var next: String?

    package init(checked: Int64, bytes: Int64, damages: [Damage], next: String?) {
        self.checked = checked
        self.bytes = bytes
        self.damages = damages
        self.next = next
    }
}
