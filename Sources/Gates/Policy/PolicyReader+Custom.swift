import GatehouseCore

extension PolicyReader {
    private static let namedKinds = ["evidence", "card", "attestation", "robustness"]
    private static let timeoutMax = Duration.seconds(24 * 3600)

    mutating func customChecks(_ field: PolicyField, reserved: [String], inconclusiveBlocks: Bool) -> [CheckConfiguration] {
        let example = "[{name: business_rules, url: https://rules.internal/check}]"
        guard let items = list(field, of: "checks", example: example, itemsMax: Self.customChecksMax) else { return [] }
        var checks: [CheckConfiguration] = []
        for item in items {
            guard let check = customCheck(item, inconclusiveBlocks: inconclusiveBlocks) else { continue }
            if reserved.contains(check.name) || check.name == field.key {
                report(item, "'\(check.name)' is the name of a gate", "Choose another name.")
            } else if checks.contains(where: { $0.name == check.name }) {
                report(item, "another custom check is called '\(check.name)'", "Names are unique: results go by them.")
            }
            checks.append(check)
        }
        return checks
    }

    private mutating func customCheck(_ field: PolicyField, inconclusiveBlocks: Bool) -> CheckConfiguration? {
        guard let section = map(field) else { return nil }
        let name = customName(section)
        let kindKeys = ["command", "url", "kind"].filter { section[$0] != nil }
        guard kindKeys.count == 1 else {
            let found = kindKeys.isEmpty ? "none of them" : kindKeys.joined(separator: " and ")
            report(
                section.place, field.path, "expected exactly one of 'command', 'url' and 'kind', found \(found)",
                "Kinds are: \(Self.namedKinds.joined(separator: ", ")).")
            return nil
        }
        let kind: CustomCheck.Kind?
        let ownKeys: [String]
        switch kindKeys[0] {
        case "command":
            ownKeys = ["timeout"]
            kind = command(section["command"])
        case "url":
            ownKeys = ["timeout"]
            kind = section["url"].flatMap { url($0) }.map { .url($0) }
        default: (kind, ownKeys) = namedKind(section, name: name)
        }
        guard let section = self.section(field, keys: ["name", kindKeys[0]] + ownKeys + ["enforcement", "inconclusive"]) else {
            return nil
        }
        let timeout = duration(section["timeout"], atLeast: .seconds(1), atMost: Self.timeoutMax, example: "10m")
        let enforcement = choice(section["enforcement"], CheckEnforcement.self)
        let blocks = blocks(section["inconclusive"])
        guard let name, let kind else { return nil }
        return CheckConfiguration(
            name: name, kind: .custom(timeout.map { CustomCheck(kind: kind, timeout: $0) } ?? CustomCheck(kind: kind)),
            enforcement: enforcement ?? .block, inconclusiveBlocks: blocks ?? inconclusiveBlocks)
    }

    private mutating func customName(_ section: PolicySection) -> String? {
        let nameBytesMax = 64
        guard let field = section["name"] else {
            report(section.place, section.path, "the key 'name' is missing", "Add, for example, 'name: business_rules'.")
            return nil
        }
        guard let name = text(field, example: "business_rules") else { return nil }
        guard name.utf8.count <= nameBytesMax, name.utf8.allSatisfy(isLowerLetterOrDigit) else {
            let rule = "Use 1 to \(nameBytesMax) lower-case letters, digits and '_', such as business_rules."
            report(field, "\(quoted(name)) cannot be the name of a check", rule)
            return nil
        }
        return name
    }

    private mutating func command(_ field: PolicyField?) -> CustomCheck.Kind? {
        let argumentsMax = 64
        let example = "[./checks/robustness.sh, --strict]"
        guard let field, let items = list(field, of: "words", example: example, itemsMax: argumentsMax) else { return nil }
        guard !items.isEmpty else {
            report(field, "the command is empty", "Write, for example, 'command: \(example)'.")
            return nil
        }
        var words: [String] = []
        for item in items {
            guard let word = text(item, example: example) else { continue }
            words.append(word)
        }
        return words.count == items.count ? .command(words) : nil
    }

    /// A check of one of the built-in kinds, and the keys that this kind takes.
    private mutating func namedKind(_ section: PolicySection, name: String?) -> (CustomCheck.Kind?, keys: [String]) {
        switch choice(section["kind"], Self.namedKinds) {
        case "evidence"?: return (.evidence, [])
        case "attestation"?: return (.attestation, [])
        case "card"?: return (card(section, name: name), ["document", "required_fields"])
        case "robustness"?:
            let noise = number(section["noise"], 1e-6...1, example: "0.01") ?? 0.01
            let shift = number(section["max_mean_shift"], 0...1e9, example: "0.02") ?? 0.02
            return (.robustness(relativeNoise: noise, maxMeanShift: shift), ["noise", "max_mean_shift", "timeout"])
        default:
            // The kind is unknown and reported; so that no key is reported along with it, all are taken.
            return (nil, section.fields.map(\.key))
        }
    }

    /// A check called `model_card` or `dataset_card` is about that document; any other says which.
    private mutating func card(_ section: PolicySection, name: String?) -> CustomCheck.Kind? {
        let fieldsMax = 64
        let documents = CardKind.allCases
        let given = choice(section["document"], CardKind.self)
        let required = texts(
            section["required_fields"], of: "fields", example: "[intended_use, limitations]", itemsMax: fieldsMax)
        if let field = section["required_fields"], required?.isEmpty == true {
            report(field, "a card check that requires no field checks nothing", "Name at least one field.")
        }
        guard let document = given ?? documents.first(where: { "\($0.rawValue)_card" == name }) else {
            if section["document"] == nil {
                report(
                    section.place, section.path, "a card check must say which document",
                    "Add 'document: model' or 'document: dataset'.")
            }
            return nil
        }
        return .card(document: document.rawValue, requiredFields: required ?? document.standardFields)
    }
}
