import Crypto
package import GatehouseCore

/// Turns a unit (a customer, an account) into a bucket, the same for ever: no state, so a restart moves nobody.
package enum Bucketing: String, Codable, Sendable, CaseIterable {
    /// SHA-256 of `"gh1" 0 salt 0 unit`; the first four bytes, big endian, scaled to `total` by multiplication.
    case gh1
    /// `md5(unit) mod 100`, as scripts before Gatehouse did it: unsalted, whole per cent. Only to take an experiment over.
    case legacyMD5 = "legacy-md5"

    /// Shares are counted in parts of this: 0.001 %.
    package static let total = 100_000

    /// 0 ..< `total`. `legacyMD5` knows no salt.
    package func bucket(of unit: some Collection<UInt8>, salt: String) -> Int {
        if let bucket = unit.withContiguousStorageIfAvailable({ bucket(ofBytes: UnsafeRawBufferPointer($0), salt: salt) }) {
            return bucket
        }
        return Array(unit).withUnsafeBytes { bucket(ofBytes: $0, salt: salt) }
    }

    /// The same for a gateway, without an array on the way.
    package func bucket(ofBytes unit: UnsafeRawBufferPointer, salt: String) -> Int {
        switch self {
        case .gh1:
            var salt = salt
            return salt.withUTF8 { salt in
                withUnsafeTemporaryAllocation(byteCount: 5 + salt.count + unit.count, alignment: 1) { text in
                    // "gh1" 0 salt 0 unit; each copy checks that it fits.
                    text[0] = 0x67
                    text[1] = 0x68
                    text[2] = 0x31
                    text[3] = 0
                    UnsafeMutableRawBufferPointer(rebasing: text[4..<4 + salt.count]).copyMemory(
                        from: UnsafeRawBufferPointer(salt))
                    text[4 + salt.count] = 0
                    UnsafeMutableRawBufferPointer(rebasing: text[(5 + salt.count)...]).copyMemory(from: unit)
                    var hash = SHA256()
                    hash.update(bufferPointer: UnsafeRawBufferPointer(text))
                    return hash.finalize().withUnsafeBytes { digest in
                        let word = UInt32(bigEndian: digest.loadUnaligned(as: UInt32.self))
                        // The brackets matter: a shift binds tighter than a product.
                        return Int((UInt64(word) * UInt64(Self.total)) >> 32)
                    }
                }
            }
        case .legacyMD5:
            var hash = Insecure.MD5()
            hash.update(bufferPointer: unit)
            // The remainder of a 128-bit big-endian number, a byte at a time.
            let remainder = hash.finalize().reduce(0) { ($0 << 8 | Int($1)) % 100 }
            return remainder * (Self.total / 100)
        }
    }
}

/// How the units of a segment are divided between the champion and one other version. The challenger has the buckets
/// `0 ..< buckets`: growing the share moves nobody who is in it already, and shrinking it nobody who is not.
package struct TrafficSplit: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// A share that grows in steps until it is all.
        case rollout
        /// A share that stays while outcomes are compared.
        case experiment
    }

    /// The rollout's or experiment's id.
    package let id: String
    package let kind: Kind
    package let challenger: ServedVersion
    package let buckets: Int
    package let algorithm: Bucketing
    /// Random per split and kept over its steps.
    package let salt: String
    /// Experiments that must not share units each have a range of one layer. Nil: all units take part.
    package var layer: BucketRange?
    /// Units that take part in nothing.
    package var holdout: BucketRange?

    package init(id: String, kind: Kind, challenger: ServedVersion, buckets: Int, salt: String, algorithm: Bucketing = .gh1) {
        self.id = id
        self.kind = kind
        self.challenger = challenger
        self.buckets = buckets
        self.algorithm = algorithm
        self.salt = salt
    }

    /// Which arm a unit has. Without a unit nobody can be kept in an arm: the champion answers, and that is counted.
    package func arm(of unit: some Collection<UInt8>) -> Arm {
        unit.withContiguousStorageIfAvailable { arm(ofBytes: UnsafeRawBufferPointer($0)) }
            ?? Array(unit).withUnsafeBytes { arm(ofBytes: $0) }
    }

    /// The same for a gateway, without an array on the way.
    package func arm(ofBytes unit: UnsafeRawBufferPointer) -> Arm {
        if unit.isEmpty { return .champion(.noUnit) }
        if let holdout, holdout.contains(unit) { return .champion(.holdout) }
        if let layer, layer.contains(unit) == false { return .champion(.otherLayer) }
        return algorithm.bucket(ofBytes: unit, salt: salt) < buckets ? .challenger : .champion(.assigned)
    }

    package enum Arm: Sendable, Equatable {
        case champion(Reason)
        case challenger

        package enum Reason: String, Codable, Sendable, CaseIterable {
            case assigned
            case noUnit = "no_unit"
            case holdout
            case otherLayer = "other_layer"
        }
    }
}

/// A range of buckets under a salt of its own.
package struct BucketRange: Codable, Sendable, Equatable {
    package let salt: String
    package let from: Int
    package let to: Int

    /// Fails with `invalidArgument` unless 0 ≤ from ≤ to ≤ `Bucketing.total`; `to` is not part of it.
    package init(salt: String, from: Int, to: Int) throws(GatehouseError) {
        guard 0 <= from, from <= to, to <= Bucketing.total else {
            throw GatehouseError(
                .invalidArgument, "Buckets \(from) to \(to) are no range.", hint: "Use 0 to \(Bucketing.total), ascending.")
        }
        self.salt = salt
        self.from = from
        self.to = to
    }

    package func contains(_ unit: UnsafeRawBufferPointer) -> Bool {
        (from..<to).contains(Bucketing.gh1.bucket(ofBytes: unit, salt: salt))
    }
}
