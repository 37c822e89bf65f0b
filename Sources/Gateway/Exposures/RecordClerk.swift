import Crypto
import GatehouseCore
import Serving
import Synchronization

/// Reads the pages of all loops: makes exposures, pairs, windows and lines of the access log of them, and spools them. A class,
/// because it is bound to the desk's thread and owns the spool.
final class RecordClerk {
    let spool: RecordSpool
    private let settings: RecordDesk.Settings
    private let board: MetricsBoard
    private let key: KeyedHash
    private let now: @Sendable () -> Int64
    private var windows = LiveWindows()
    private var totals = GatewayTotals()
    private var lines: [UInt8] = []
    /// Of the page that is being read, at its segments' places.
    private var pageSegments: [PageSegment] = []
    /// How lines of a segment are written.
    private var knownLines: [ObjectIdentifier: SegmentLines] = [:]
    private static let knownLinesMax = 1_024
    private var columns = FeatureCells.KnownColumns()
    private var nameOrder = FeaturesHash.NameOrder()
    private var records = 0
    private var logLines: [UInt8] = []
    private var windowsDue: Int64
    private var sealDue: Int64
    private(set) var isClosed = false
    private static let waitingBatchesBeforeFilling = 4

    init(_ settings: RecordDesk.Settings, board: MetricsBoard, now: @escaping @Sendable () -> Int64) throws(GatehouseError) {
        self.settings = settings
        self.board = board
        self.now = now
        key = KeyedHash(key: settings.unitKey)
        spool = try RecordSpool(directory: settings.spoolDirectory, limits: settings.spool)
        windowsDue = now() + settings.windowMilliseconds
        sealDue = now() + settings.sealMilliseconds
    }

    // MARK: - Pages

    func read(_ page: RecordPage) {
        let time = Timestamp(milliseconds: now())
        totals.lost += page.lost
        for counts in page.counts where counts.segment < page.segments.count {
            let segment = page.segments[counts.segment]
            guard let arm = segment.arm(counts.place) else { continue }
            windows.change(segment, arm.name, arm.version.served, at: time) { $0.window.add(counts) }
        }
        for shadow in page.shadows where shadow.segment < page.segments.count {
            let segment = page.segments[shadow.segment]
            guard let version = segment.segment.shadowVersion else { continue }
            windows.change(segment, .shadow, version.served, at: time) { $0.window.shadow.add(shadow.counts) }
        }
        pageSegments = page.segments.map { PageSegment(lines(of: $0)) }
        page.forEach { entry, texts in
            guard Int(entry.segment) < page.segments.count else { return }
            read(entry, texts, page.segments[Int(entry.segment)], at: time)
        }
        spoolLines()
        if logLines.isEmpty == false {
            settings.accessLog?(logLines)
            logLines.removeAll(keepingCapacity: true)
        }
    }

    private func lines(of segment: RecordSegment) -> SegmentLines {
        let id = ObjectIdentifier(segment.segment)
        if let known = knownLines[id], known.segment === segment.segment { return known }
        // Those of replaced tables are forgotten with all the others from time to time.
        if knownLines.count >= Self.knownLinesMax { knownLines.removeAll() }
        let made = SegmentLines(segment)
        knownLines[id] = made
        return made
    }

    private func read(_ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, at time: Timestamp) {
        let predictions = entry.answerBytes > 0 ? PredictionReader.read(texts.bytes, in: texts.answer) : nil
        let features =
            entry.requestBytes > 0 && entry.purpose.isDisjoint(with: [.inspection, .shadowPair]) == false
            ? FeatureCells(texts.bytes, in: texts.request, knowing: &columns) : nil
        let hash = features.map { FeaturesHash.code(of: $0, body: texts.bytes, key: key, order: &nameOrder) }
        if entry.purpose.contains(.exposure) { appendExposure(entry, texts, segment, predictions?.first, hash) }
        if entry.purpose.contains(.shadowPair) {
            appendPair(entry, texts, segment, predictions, hash, at: time)
        } else if let arm = segment.arm(entry.served), entry.reason != RecordEntry.overrideReason {
            windows.change(window(entry, entry.served, arm, segment, at: time)) { live in
                // Predictions are counted of every answer that was copied, features of those that were looked into.
                if entry.answerBytes > 0 { live.window.predictions.observe(predictions) }
                if entry.purpose.contains(.inspection) { live.inspect(features) }
            }
        }
        if entry.purpose.contains(.accessLog), settings.accessLog != nil {
            logLines += AccessLogLine(entry, texts, segment, unitHash: unitCode(entry, texts)?.hexadecimal).bytes
        }
        if lines.count > settings.spool.batchBytesMax / 2 { spoolLines() }
    }

    private func appendPair(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, _ predictions: [Double]?,
        _ features: SHA256Digest?, at time: Timestamp
    ) {
        guard let version = segment.segment.shadowVersion?.served,
            let production = segment.arm(entry.served) ?? segment.arm(entry.assigned)
        else { return }
        let copied = entry.shadowAnswerBytes > 0 ? PredictionReader.read(texts.bytes, in: texts.shadowAnswer) : nil
        let isAnswer = entry.shadowStatus > 0 && entry.shadowStatus < 300
        windows.change(shadowWindow(entry, version, segment, at: time)) { live in
            live.window.requests += 1
            if entry.shadowFailure != 255 || entry.shadowStatus >= 500 { live.window.errors += 1 }
            if 400..<500 ~= entry.shadowStatus { live.window.rejected += 1 }
            live.window.latency.observe(microseconds: entry.shadowMicroseconds)
            if isAnswer { live.window.predictions.observe(copied) }
        }
        pageSegments[Int(entry.segment)].lines.pairs.append(
            entry, texts, features: features,
            production: .init(
                version: production.version.served.version, status: Int(entry.status),
                latencyMicroseconds: entry.latencyMicroseconds, predictions: predictions,
                failure: entry.failureName(entry.failure)),
            shadow: .init(
                version: version.version, status: entry.shadowStatus == 0 ? nil : Int(entry.shadowStatus),
                latencyMicroseconds: entry.shadowMicroseconds, predictions: isAnswer ? copied : nil,
                failure: entry.failureName(entry.shadowFailure)), to: &lines)
        records += 1
        totals.pairs += 1
    }

    private func appendExposure(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, _ prediction: Double?,
        _ features: SHA256Digest?
    ) {
        let isAppended = pageSegments[Int(entry.segment)].lines.exposures.append(
            entry, texts, segment, unit: unitCode(entry, texts), features: features, prediction: prediction, to: &lines)
        guard isAppended else { return }
        records += 1
        totals.exposures += 1
    }

    private func unitCode(_ entry: RecordEntry, _ texts: RecordTexts) -> SHA256Digest? {
        entry.unitBytes > 0 ? key.code(of: texts.bytes[texts.unit]) : nil
    }

    private func window(
        _ entry: RecordEntry, _ place: ArmPlace, _ arm: ActiveArm, _ segment: RecordSegment, at time: Timestamp
    ) -> Int {
        if let known = pageSegments[Int(entry.segment)].windows[Int(place.rawValue)] { return known }
        let window = windows.place(of: segment, arm.name, arm.version.served, at: time)
        pageSegments[Int(entry.segment)].windows[Int(place.rawValue)] = window
        return window
    }

    private func shadowWindow(
        _ entry: RecordEntry, _ version: ServedVersion, _ segment: RecordSegment, at time: Timestamp
    ) -> Int {
        if let known = pageSegments[Int(entry.segment)].shadowWindow { return known }
        let window = windows.place(of: segment, .shadow, version, at: time)
        pageSegments[Int(entry.segment)].shadowWindow = window
        return window
    }

    // MARK: - Spool

    private func append(_ record: ServingRecord) {
        lines += record.line
        records += 1
    }

    private func spoolLines() {
        guard records > 0 else { return }
        _ = spool.append(lines: lines, records: records)
        lines.removeAll(keepingCapacity: true)
        records = 0
    }

    /// Every sync interval.
    func tick() {
        let time = now()
        if time >= windowsDue {
            windowsDue = time + settings.windowMilliseconds
            endWindows(at: time)
        }
        _ = spool.sync()
        // While batches wait, the open one is filled up: an hour without the registry makes few large files, not many small ones.
        if time >= sealDue, spool.batchesWaiting < Self.waitingBatchesBeforeFilling {
            sealDue = time + settings.sealMilliseconds
            _ = spool.seal()
        }
    }

    private func endWindows(at time: Int64) {
        for window in windows.take(at: time) {
            totals.add(window)
            append(.window(window))
            if lines.count > settings.spool.batchBytesMax / 2 { spoolLines() }
        }
        spoolLines()
        let text = totals.text(spool: spool.counts, spoolBytes: spool.bytes, batchesWaiting: spool.batchesWaiting)
        board.text.withLock { $0 = text }
    }

    func close() {
        endWindows(at: now())
        _ = spool.seal()
        isClosed = true
    }
}

/// What is looked up once per page for a segment.
private struct PageSegment {
    let lines: SegmentLines
    /// The open windows of its arms, by `ArmPlace`, and of its shadow.
    var windows = [Int?](repeating: nil, count: ArmPlace.allCases.count)
    var shadowWindow: Int?

    init(_ lines: SegmentLines) { self.lines = lines }
}

/// A class, because what it learns while one page is read is used for the next ones. Holds no segment: that would keep the
/// models of replaced tables in memory.
private final class SegmentLines {
    private(set) weak var segment: ActiveSegment?
    var exposures = ExposureLines()
    let pairs: PairLines

    init(_ segment: RecordSegment) {
        self.segment = segment.segment
        pairs = PairLines(segment)
    }
}

extension RecordEntry {
    static let overrideReason: UInt8 = 1

    /// As `RequestID.text`.
    func requestID(_ texts: RecordTexts) -> String {
        if idBytes > 0 { return String(decoding: texts.bytes[texts.id], as: UTF8.self) }
        return RequestID.made(prefix: idPrefix, number: idNumber).text
    }

    func failureName(_ number: UInt8) -> String? {
        Int(number) < UpstreamFailure.allCases.count ? UpstreamFailure.allCases[Int(number)].rawValue : nil
    }
}

extension ArmWindow {
    fileprivate mutating func add(_ counts: ArmCountsOfLoop) {
        requests += counts.requests
        errors += counts.errors
        rejected += counts.rejected
        latency.add(counts.latency)
    }
}

extension PredictionCounts {
    fileprivate mutating func observe(_ predictions: [Double]?) {
        guard let predictions else {
            missing += 1
            return
        }
        for prediction in predictions { observe(prediction) }
    }
}
