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
    private let key: SymmetricKey
    private let now: @Sendable () -> Int64
    private var windows = LiveWindows()
    private var totals = GatewayTotals()
    private var lines: [UInt8] = []
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
        key = SymmetricKey(data: settings.unitKey)
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

    private func read(_ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, at time: Timestamp) {
        let predictions = entry.answerBytes > 0 ? PredictionReader.read(texts.bytes, in: texts.answer) : nil
        let features =
            entry.requestBytes > 0 && entry.purpose.isDisjoint(with: [.inspection, .shadowPair]) == false
            ? FeatureCells(texts.bytes, in: texts.request) : nil
        let hash = features.map { FeaturesHash.hash($0, body: texts.bytes, key: key) }
        if entry.purpose.contains(.exposure), let exposure = exposure(entry, texts, segment, predictions, hash) {
            append(.exposure(exposure))
            totals.exposures += 1
        }
        if entry.purpose.contains(.shadowPair) {
            if let pair = pair(entry, texts, segment, predictions, hash, at: time) {
                append(.shadow(pair))
                totals.pairs += 1
            }
        } else if let arm = segment.arm(entry.served), entry.reason != RecordEntry.overrideReason {
            windows.change(segment, arm.name, arm.version.served, at: time) { live in
                // Predictions are counted of every answer that was copied, features of those that were looked into.
                if entry.answerBytes > 0 { live.window.predictions.observe(predictions) }
                if entry.purpose.contains(.inspection) { live.inspect(features) }
            }
        }
        if entry.purpose.contains(.accessLog), settings.accessLog != nil {
            logLines += AccessLogLine(entry, texts, segment, unitHash: unitHash(entry, texts)).bytes
        }
        if lines.count > settings.spool.batchBytesMax / 2 { spoolLines() }
    }

    private func exposure(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, _ predictions: [Double]?, _ hash: String?
    ) -> Exposure? {
        guard let assigned = segment.arm(entry.assigned), Int(entry.reason) < Exposure.Reason.allCases.count else { return nil }
        let served = segment.arm(entry.served) ?? assigned
        var exposure = Exposure(
            requestID: entry.requestID(texts), endpoint: segment.endpoint.name, segment: segment.segment.name,
            split: segment.segment.split?.id, arm: assigned.name, reason: Exposure.Reason.allCases[Int(entry.reason)],
            unitHash: unitHash(entry, texts), assignedVersion: assigned.version.served.version, served: served.version.served,
            at: Timestamp(milliseconds: entry.atMilliseconds), latencyMicroseconds: entry.latencyMicroseconds,
            status: Int(entry.status))
        exposure.prediction = predictions?.first
        exposure.featuresHash = hash
        return exposure
    }

    private func pair(
        _ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, _ predictions: [Double]?, _ hash: String?,
        at time: Timestamp
    ) -> ShadowPair? {
        guard let version = segment.segment.shadowVersion?.served,
            let production = segment.arm(entry.served) ?? segment.arm(entry.assigned)
        else { return nil }
        let copied = entry.shadowAnswerBytes > 0 ? PredictionReader.read(texts.bytes, in: texts.shadowAnswer) : nil
        let isAnswer = entry.shadowStatus > 0 && entry.shadowStatus < 300
        windows.change(segment, .shadow, version, at: time) { live in
            live.window.requests += 1
            if entry.shadowFailure != 255 || entry.shadowStatus >= 500 { live.window.errors += 1 }
            if 400..<500 ~= entry.shadowStatus { live.window.rejected += 1 }
            live.window.latency.observe(microseconds: entry.shadowMicroseconds)
            if isAnswer { live.window.predictions.observe(copied) }
        }
        return ShadowPair(
            requestID: entry.requestID(texts), endpoint: segment.endpoint.name, segment: segment.segment.name,
            at: Timestamp(milliseconds: entry.atMilliseconds), featuresHash: hash,
            production: .init(
                version: production.version.served.version, status: Int(entry.status),
                latencyMicroseconds: entry.latencyMicroseconds, predictions: predictions,
                failure: entry.failureName(entry.failure)),
            shadow: .init(
                version: version.version, status: entry.shadowStatus == 0 ? nil : Int(entry.shadowStatus),
                latencyMicroseconds: entry.shadowMicroseconds, predictions: isAnswer ? copied : nil,
                failure: entry.failureName(entry.shadowFailure)))
    }

    private func unitHash(_ entry: RecordEntry, _ texts: RecordTexts) -> String? {
        guard entry.unitBytes > 0 else { return nil }
        return HMAC<SHA256>.authenticationCode(for: texts.bytes[texts.unit], using: key).hexadecimal
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
