import NIOCore
import Serving

/// What a loop noted of one exchange: numbers here, texts and bodies right behind it in the page.
struct RecordEntry: BitwiseCopyable {
    struct Purpose: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let exposure = Purpose(rawValue: 1)
        static let inspection = Purpose(rawValue: 2)
        static let accessLog = Purpose(rawValue: 4)
        static let shadowPair = Purpose(rawValue: 8)
        /// A body was longer than is copied.
        static let cut = Purpose(rawValue: 16)
    }

    var purpose: Purpose = []
    var reason: UInt8 = 0
    var assigned = ArmPlace.champion
    var served = ArmPlace.nobody
    /// Index in `UpstreamFailure.allCases`, 255: none.
    var failure: UInt8 = 255
    var shadowFailure: UInt8 = 255
    var segment: UInt16 = 0
    var status: UInt16 = 0
    var shadowStatus: UInt16 = 0
    /// 0 with `idBytes == 0`: the id was made here, of the two numbers.
    var idBytes: UInt16 = 0
    var unitBytes: UInt16 = 0
    var requestBytes: UInt32 = 0
    var answerBytes: UInt32 = 0
    var shadowAnswerBytes: UInt32 = 0
    var idPrefix: UInt64 = 0
    var idNumber: UInt64 = 0
    var atMilliseconds: Int64 = 0
    var latencyMicroseconds: Int64 = 0
    var shadowMicroseconds: Int64 = 0
    /// As they came, copied or not.
    var requestBodyBytes: Int64 = 0
    var answerBodyBytes: Int64 = 0

    var textBytes: Int { Int(idBytes) + Int(unitBytes) + Int(requestBytes) + Int(answerBytes) + Int(shadowAnswerBytes) }
}

/// An arm's place in its segment.
enum ArmPlace: UInt8, BitwiseCopyable, CaseIterable {
    case champion, challenger, lastKnownGood, nobody
}

/// Notes of one loop on their way to the recording thread: a value that is moved there and comes back empty. One block of
/// memory for all, so that an exchange costs copies and no allocation.
struct RecordPage: Sendable {
    static let bytesMax = 512 << 10
    static let bodyBytesMax = GatewayLimits.heldBodyBytesMax

    private var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
    private var used = 0
    private(set) var entries = 0
    /// What `RecordEntry.segment` counts in.
    var segments: [RecordSegment] = []
    var counts: [ArmCountsOfLoop] = []
    var shadows: [ShadowCountsOfLoop] = []
    /// Exchanges that found no page to be noted in.
    var lost = 0

    var isEmpty: Bool { entries == 0 && counts.isEmpty && shadows.isEmpty && lost == 0 }

    mutating func clear() {
        used = 0
        entries = 0
        segments.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        shadows.removeAll(keepingCapacity: true)
        lost = 0
    }

    func hasRoom(for entry: RecordEntry) -> Bool {
        MemoryLayout<RecordEntry>.size + entry.textBytes <= Self.bytesMax - used && segments.count < Int(UInt16.max)
    }

    /// The texts in the order of the entry's lengths, which are theirs. The caller has asked `hasRoom`.
    mutating func append(
        _ entry: RecordEntry, id: ByteBuffer?, unit: ByteBuffer?, request: ByteBuffer?, answer: ByteBuffer?,
        shadowAnswer: ByteBuffer? = nil
    ) {
        var at = used
        bytes.withUnsafeMutableBytes { page in
            page.storeBytes(of: entry, toByteOffset: at, as: RecordEntry.self)
            at += MemoryLayout<RecordEntry>.size
            if entry.idBytes > 0 { Self.copy(id, into: page, at: &at) }
            if entry.unitBytes > 0 { Self.copy(unit, into: page, at: &at) }
            if entry.requestBytes > 0 { Self.copy(request, into: page, at: &at) }
            if entry.answerBytes > 0 { Self.copy(answer, into: page, at: &at) }
            if entry.shadowAnswerBytes > 0 { Self.copy(shadowAnswer, into: page, at: &at) }
        }
        used = at
        entries += 1
    }

    @inline(__always)
    private static func copy(_ buffer: ByteBuffer?, into page: UnsafeMutableRawBufferPointer, at: inout Int) {
        guard let buffer else { return }
        buffer.withUnsafeReadableBytes { source in
            page[at..<at + source.count].copyBytes(from: source)
            at += source.count
        }
    }

    /// Goes through the entries, each with where its texts are.
    func forEach(_ each: (RecordEntry, RecordTexts) -> Void) {
        var at = 0
        for _ in 0..<entries {
            let entry = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: RecordEntry.self) }
            at += MemoryLayout<RecordEntry>.size
            each(entry, RecordTexts(entry, bytes: bytes, at: at))
            at += entry.textBytes
        }
    }
}

/// The texts and bodies of an entry, where they lie in the page.
struct RecordTexts {
    let bytes: [UInt8]
    let id: Range<Int>
    let unit: Range<Int>
    let request: Range<Int>
    let answer: Range<Int>
    let shadowAnswer: Range<Int>

    init(_ entry: RecordEntry, bytes: [UInt8], at start: Int) {
        self.bytes = bytes
        id = start..<start + Int(entry.idBytes)
        unit = id.upperBound..<id.upperBound + Int(entry.unitBytes)
        request = unit.upperBound..<unit.upperBound + Int(entry.requestBytes)
        answer = request.upperBound..<request.upperBound + Int(entry.answerBytes)
        shadowAnswer = answer.upperBound..<answer.upperBound + Int(entry.shadowAnswerBytes)
    }
}

/// A segment of an endpoint, as one route table has it.
struct RecordSegment: Sendable {
    let endpoint: ActiveEndpoint
    let segment: ActiveSegment

    func arm(_ place: ArmPlace) -> ActiveArm? {
        switch place {
        case .champion: segment.champion
        case .challenger: segment.challenger
        case .lastKnownGood: segment.lastKnownGood
        case .nobody: nil
        }
    }
}

/// What one loop counted of one arm since it last said so.
struct ArmCountsOfLoop: Sendable {
    let segment: Int
    let place: ArmPlace
    let requests: Int
    let errors: Int
    let rejected: Int
    let latency: LatencyCounts
}

struct ShadowCountsOfLoop: Sendable {
    let segment: Int
    let counts: ShadowCounts
}
