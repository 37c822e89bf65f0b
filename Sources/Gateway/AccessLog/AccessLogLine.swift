import GatehouseCore
import Serving

/// One line of the access log: what was asked for, who answered, how long it took. No body, and the unit only as its hash.
struct AccessLogLine {
    let bytes: [UInt8]

    init(_ entry: RecordEntry, _ texts: RecordTexts, _ segment: RecordSegment, unitHash: String?) {
        let arm = segment.arm(entry.served)
        let line = JSONWriter.object { json in
            json.member("time", Timestamp(milliseconds: entry.atMilliseconds).description)
            json.member("request_id", entry.requestID(texts))
            json.member("endpoint", segment.endpoint.name)
            json.member("segment", segment.segment.name)
            json.member("split", segment.segment.split?.id)
            json.member("arm", arm?.name.rawValue)
            json.member("version", arm?.version.served.version)
            json.member("status", Int64(entry.status))
            json.member("failure", entry.failureName(entry.failure))
            json.member("latency_us", entry.latencyMicroseconds)
            json.member("request_bytes", entry.requestBodyBytes)
            json.member("answer_bytes", entry.answerBodyBytes)
            json.member("unit_hash", unitHash)
            json.member("one_in", Int64(segment.endpoint.rules.accessLogEvery))
        }
        bytes = line + [UInt8(ascii: "\n")]
    }
}
