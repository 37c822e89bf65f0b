import GatehouseCore

/// A part of an XGBoost document that knows its place, so that every complaint names it: `learner.objective.name`.
struct XGBoostDocument {
    let value: JSONValue
    let place: String

    /// Fails with `invalidArgument` when the member is absent.
    func member(_ name: String) throws(GatehouseError) -> XGBoostDocument {
        guard let found = optional(name) else { throw ModelLimits.damaged("\(place).\(name) is missing") }
        return found
    }

    func optional(_ name: String) -> XGBoostDocument? {
        value[name].map { XGBoostDocument(value: $0, place: "\(place).\(name)") }
    }

    func text() throws(GatehouseError) -> String {
        guard let text = value.stringValue else { throw ModelLimits.damaged("\(place) is not a text") }
        return text
    }

    /// A whole number, which XGBoost's parameters write as text (`"3"`).
    func count() throws(GatehouseError) -> Int {
        guard let number = value.stringValue.flatMap({ Int($0) }) ?? value.integerValue.flatMap({ Int(exactly: $0) }),
            number >= 0
        else { throw ModelLimits.damaged("\(place) is not a count") }
        return number
    }

    /// Exactly `count` elements. Fails with `invalidArgument` before it makes anything of a list of another length.
    func elements(count: Int) throws(GatehouseError) -> [XGBoostDocument] {
        let list = try list()
        guard list.count == count else {
            throw ModelLimits.damaged("\(place) holds \(list.count) entries instead of \(count)")
        }
        return list.enumerated().map { XGBoostDocument(value: $1, place: "\(place)[\($0)]") }
    }

    func texts() throws(GatehouseError) -> [String] {
        var texts: [String] = []
        for element in try list() {
            guard let text = element.stringValue else { throw ModelLimits.damaged("\(place) holds something other than text") }
            texts.append(text)
        }
        return texts
    }

    func integers() throws(GatehouseError) -> [Int] {
        try numbers("a whole number") { $0.integerValue.flatMap { Int(exactly: $0) } }
    }

    func floats() throws(GatehouseError) -> [Float] {
        try numbers("a number") { $0.doubleValue.map { Float($0) } }
    }

    /// Flags, written as 0 and 1 or, by old versions, as true and false.
    func flags() throws(GatehouseError) -> [Bool] {
        try numbers("a flag") { element in
            element.boolValue ?? element.integerValue.flatMap { $0 == 0 ? false : $0 == 1 ? true : nil }
        }
    }

    private func list() throws(GatehouseError) -> [JSONValue] {
        guard let list = value.arrayValue else { throw ModelLimits.damaged("\(place) is not a list") }
        return list
    }

    private func numbers<Number>(_ what: String, _ read: (JSONValue) -> Number?) throws(GatehouseError) -> [Number] {
        var numbers: [Number] = []
        for (index, element) in try list().enumerated() {
            guard let number = read(element) else { throw ModelLimits.damaged("\(place)[\(index)] is not \(what)") }
            numbers.append(number)
        }
        return numbers
    }
}
