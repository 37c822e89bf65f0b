import GatehouseCore

// Exposures come by the thousand a second: they are written straight into bytes, with the names that their coding keys have.

extension Exposure {
    func write(to json: inout JSONWriter) {
        json.member("request_id", requestID)
        json.member("endpoint", endpoint)
        json.member("segment", segment)
        json.member("split", split)
        json.member("arm", arm.rawValue)
        json.member("reason", reason.rawValue)
        json.member("unit_hash", unitHash)
        json.member("assigned_version", assignedVersion)
        json.member("served_version", servedVersion)
        json.member("served_digest", servedDigest.description)
        json.member("at_ms", atMilliseconds)
        json.member("features_hash", featuresHash)
        json.member("prediction", prediction)
        json.member("latency_us", latencyMicroseconds)
        json.member("status", Int64(status))
    }
}

extension ShadowPair {
    func write(to json: inout JSONWriter) {
        json.member("request_id", requestID)
        json.member("endpoint", endpoint)
        json.member("segment", segment)
        json.member("at_ms", atMilliseconds)
        json.member("features_hash", featuresHash)
        json.member("production") { production.write(to: &$0) }
        json.member("shadow") { shadow.write(to: &$0) }
    }
}

extension ShadowPair.Answer {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("version", version)
        json.member("status", status.map(Int64.init))
        json.member("latency_us", latencyMicroseconds)
        if let predictions {
            json.key("predictions")
            json.array(predictions) { $0.value($1) }
        }
        json.member("failure", failure)
    }
}

extension ArmWindow {
    func write(to json: inout JSONWriter) {
        json.member("endpoint", endpoint)
        json.member("segment", segment)
        json.member("split", split)
        json.member("arm", arm.rawValue)
        json.member("version", version)
        json.member("digest", digest.description)
        json.member("from_ms", fromMilliseconds)
        json.member("to_ms", toMilliseconds)
        json.count("requests", requests)
        json.count("errors", errors)
        json.count("rejected", rejected)
        json.member("latency") { $0.counts("counts", latency.counts) }
        json.member("predictions") { predictions.write(to: &$0) }
        json.key("features")
        json.array(features) { json, feature in json.object { feature.write(to: &$0) } }
        json.count("inspected", inspected)
        json.count("unreadable", unreadable)
        json.member("schema") { schema.write(to: &$0) }
        json.member("shadow") { shadow.write(to: &$0) }
    }
}

extension PredictionCounts {
    fileprivate func write(to json: inout JSONWriter) {
        json.key("edges")
        json.array(edges) { $0.value($1) }
        json.counts("counts", counts)
        json.count("not_a_number", notANumber)
        json.member("smallest", smallest)
        json.member("largest", largest)
        json.count("missing", missing)
    }
}

extension FeatureCounts {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("name", name)
        json.counts("counts", counts)
        json.count("missing", missing)
        json.count("unknown", unknown)
        json.count("mistyped", mistyped)
    }
}

extension ObservedSchema {
    fileprivate func write(to json: inout JSONWriter) {
        json.key("fields")
        json.array(fields) { json, field in
            json.object {
                $0.member("name", field.name)
                $0.count("integer", field.integer)
                $0.count("number", field.number)
                $0.count("boolean", field.boolean)
                $0.count("text", field.text)
                $0.count("null", field.null)
                $0.count("nested", field.nested)
            }
        }
        json.count("unnamed", unnamed)
    }
}

extension ShadowCounts {
    fileprivate func write(to json: inout JSONWriter) {
        json.count("eligible", eligible)
        json.count("mirrored", mirrored)
        json.count("late", late)
        json.count("failed", failed)
        json.member("dropped") { for (reason, count) in dropped.sorted(by: { $0.key < $1.key }) { $0.count(reason, count) } }
        json.member("too_large") { for (size, count) in tooLarge.sorted(by: { $0.key < $1.key }) { $0.count(size, count) } }
    }
}

extension JSONWriter {
    fileprivate mutating func count(_ key: String, _ count: Int) { member(key, Int64(count)) }

    fileprivate mutating func counts(_ key: String, _ counts: [Int]) {
        self.key(key)
        array(counts) { $0.value(Int64($1)) }
    }
}
