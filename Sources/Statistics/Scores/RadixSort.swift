/// What a radix sort orders by.
protocol RadixKeyed {
    var key: UInt64 { get }
}

extension UInt64: RadixKeyed {
    var key: UInt64 { self }
}

/// A row with the key of its score.
struct KeyedRow: RadixKeyed {
    let key: UInt64
    let row: UInt32
}

/// Sorting keys digit by digit, least significant first: stable, and linear in the number of keys.
///
/// Meant for as many keys as fit a core's cache: there a pass costs about a nanosecond per key.
struct RadixSort<Element: RadixKeyed>: ~Copyable {
    private let spare: UnsafeMutableBufferPointer<Element>
    private let counts: UnsafeMutableBufferPointer<UInt32>

    private static var digitBitsMax: Int { 11 }
    /// Fewer keys than this have digits of 8 bits: clearing 2,048 counts would cost more than another pass.
    private static var longDigitKeysMin: Int { 2048 }
    private static var insertionKeysMax: Int { 24 }

    /// For runs of up to `capacity` keys.
    init(capacity: Int) {
        spare = .allocate(capacity: capacity)
        counts = .allocate(capacity: 1 << Self.digitBitsMax)
    }

    deinit {
        spare.deallocate()
        counts.deallocate()
    }

    /// Sorts in place. No pass is spent on bits that all keys share.
    ///
    /// Pointers are sound: digits are masked to the width that `counts` holds, and the places that come from the counts of
    /// exactly these keys lie inside `elements.count`, which `spare` holds too.
    func sort(_ elements: UnsafeMutableBufferPointer<Element>) {
        precondition(elements.count <= spare.count, "\(elements.count) keys are more than the sort was made for")
        guard elements.count > Self.insertionKeysMax else { return insertionSort(elements) }
        var varying: UInt64 = 0
        for element in elements { varying |= element.key ^ elements[0].key }
        guard varying != 0 else { return }
        var shift = varying.trailingZeroBitCount
        let bits = 64 - varying.leadingZeroBitCount - shift
        let digitBitsMax = elements.count < Self.longDigitKeysMin ? 8 : Self.digitBitsMax
        let passes = (bits + digitBitsMax - 1) / digitBitsMax
        let digitBits = (bits + passes - 1) / passes
        var source = elements
        var target = UnsafeMutableBufferPointer(rebasing: spare[..<elements.count])
        for _ in 0..<passes {
            scatter(source, to: target, shift: UInt64(shift), digitBits: digitBits)
            swap(&source, &target)
            shift += digitBits
        }
        if passes % 2 == 1 { _ = elements.update(fromContentsOf: source) }
    }

    @inline(__always)
    private func scatter(
        _ source: UnsafeMutableBufferPointer<Element>, to target: UnsafeMutableBufferPointer<Element>, shift: UInt64,
        digitBits: Int
    ) {
        let buckets = 1 << digitBits
        let mask = UInt64(buckets &- 1)
        for bucket in 0..<buckets { counts[bucket] = 0 }
        for element in source { counts[Int(truncatingIfNeeded: (element.key &>> shift) & mask)] &+= 1 }
        var sum: UInt32 = 0
        for bucket in 0..<buckets {
            let count = counts[bucket]
            counts[bucket] = sum
            sum &+= count
        }
        for element in source {
            let bucket = Int(truncatingIfNeeded: (element.key &>> shift) & mask)
            let place = counts[bucket]
            counts[bucket] = place &+ 1
            target[Int(place)] = element
        }
    }

    private func insertionSort(_ elements: UnsafeMutableBufferPointer<Element>) {
        guard elements.count > 1 else { return }
        for next in 1..<elements.count {
            let element = elements[next]
            var place = next
            while place > 0, elements[place - 1].key > element.key {
                elements[place] = elements[place - 1]
                place -= 1
            }
            elements[place] = element
        }
    }
}
