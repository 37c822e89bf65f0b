import Foundation
import GatehouseCore

/// Where every knob of the playground stands. All of it is in the address, so that what one sees can be sent to others.
struct PlaygroundSettings: Sendable, Equatable {
    static let judgedByName = "judge_by"

    private var values: [Knob: Double] = [:]
    /// Whether the policy judges by intervals instead of by values.
    var judgesIntervals = false

    subscript(knob: Knob) -> Double {
        get { values[knob] ?? knob.face.fallback }
        set { values[knob] = newValue }
    }

    /// The knob's number as a whole one; every range lies far inside of `Int`.
    func whole(_ knob: Knob) -> Int { Int(exactly: self[knob].rounded()) ?? 0 }

    /// Fails with `invalidArgument` naming the first number that is none or lies outside of its range.
    init(_ query: (String) -> String?) throws(GatehouseError) {
        for knob in Knob.allCases {
            guard let text = query(knob.rawValue) else { continue }
            let face = knob.face
            guard let value = Double(text), face.range.contains(value), !face.isWhole || value == value.rounded() else {
                let whole = face.isWhole ? "a whole number " : ""
                throw GatehouseError(
                    .invalidArgument, "'\(text.prefix(40))' cannot be \"\(face.label)\".",
                    hint: "Give \(whole)from \(Self.text(face.range.lowerBound)) to \(Self.text(face.range.upperBound)).")
            }
            values[knob] = value
        }
        switch query(Self.judgedByName) {
        case nil, "point"?: judgesIntervals = false
        case "interval"?: judgesIntervals = true
        case let other?:
            throw GatehouseError(.invalidArgument, "'judge_by' is point or interval, not '\(other.prefix(40))'.")
        }
    }

    init(_ changes: [Knob: Double] = [:]) { values = changes }

    /// The address of what is not as it stands at first.
    var address: String {
        let changed = Knob.allCases.filter { self[$0] != $0.face.fallback }.map {
            ($0.rawValue, String?.some(Self.text(self[$0])))
        }
        return Address.query("/playground", changed + (judgesIntervals ? [(Self.judgedByName, "interval")] : []))
    }

    /// As short as it reads back.
    static func text(_ value: Double) -> String {
        guard let whole = Int(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }
}
