import GatehouseCore
import NIOCore

/// Writes answers, the numbers in the shortest form that reads back as the same double.
enum PredictionWriter {
    /// `{"predictions": [0.25, 0.5]}`, a list per row where the model has several outputs: with MLflow's own white space, so
    /// that an answer is the same bytes. False when a number is not finite.
    static func invocations(_ scores: [Double], perRow: Int, into answer: inout ByteBuffer) -> Bool {
        answer.writeStaticString("{\"predictions\": [")
        if perRow == 1 {
            guard write(scores[...], into: &answer) else { return false }
        } else {
            for start in stride(from: 0, to: scores.count, by: perRow) {
                answer.writeStaticString(start == 0 ? "[" : ", [")
                guard write(scores[start..<start + perRow], into: &answer) else { return false }
                answer.writeStaticString("]")
            }
        }
        answer.writeStaticString("]}")
        return true
    }

    /// One output `predict` of shape [rows, outputs]. False when a number is not finite.
    static func openInference(
        _ scores: [Double], perRow: Int, name: String, version: String, id: String?, into answer: inout ByteBuffer
    ) -> Bool {
        var head = JSONWriter(capacity: 160)
        head.object { writer in
            writer.member("model_name", name)
            writer.member("model_version", version)
            writer.member("id", id)
        }
        answer.writeBytes(head.bytes.dropLast())
        answer.writeStaticString(",\"outputs\":[{\"name\":\"predict\",\"shape\":[")
        answer.writeString("\(scores.count / perRow),\(perRow)")
        answer.writeStaticString("],\"datatype\":\"FP64\",\"data\":[")
        guard write(scores[...], into: &answer) else { return false }
        answer.writeStaticString("]}]}")
        return true
    }

    private static func write(_ scores: ArraySlice<Double>, into answer: inout ByteBuffer) -> Bool {
        var isFirst = true
        for score in scores {
            guard score.isFinite else {
                answer.clear()
                return false
            }
            if !isFirst { answer.writeStaticString(", ") }
            isFirst = false
            answer.writeString(score.description)
        }
        return true
    }
}
