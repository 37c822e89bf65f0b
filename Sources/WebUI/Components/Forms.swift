import GatehouseCore
import Rendering

/// A form that changes something: it carries the token without which nothing is changed.
func form(_ address: String, _ visit: Visit, id: String? = nil, @MarkupBuilder _ content: () -> Markup) -> Markup {
    Tag.form(.method("post"), .action(address), id.map { .id($0) }) {
        Tag.input(.type("hidden"), .name("form_token"), .value(visit.formToken))
        content()
    }
}

/// A labelled line of text; what was typed before stays. `scope` keeps ids apart where several forms of a page have a field of
/// this name.
func textField(
    _ name: String, _ label: String, _ visit: Visit, hint: String? = nil, type: String = "text", value: String = "",
    isRequired: Bool = true, autocomplete: String = "off", scope: String = ""
) -> Markup {
    let id = scope + name
    return Tag.div(.class("field")) {
        Tag.label(.for("field-\(id)")) { label }
        if let hint { Tag.p(.class("hint"), .id("hint-\(id)")) { hint } }
        Tag.input(
            .id("field-\(id)"), .name(name), .type(type), .value(type == "password" ? "" : visit.typed.optional(name) ?? value),
            Attribute("autocomplete", autocomplete), isRequired ? .isRequired : nil,
            hint == nil ? nil : .describedBy("hint-\(id)"))
    }
}

/// A labelled text of several lines.
func textArea(
    _ name: String, _ label: String, _ visit: Visit, hint: String? = nil, value: String = "", rows: Int = 3,
    isRequired: Bool = true, scope: String = ""
) -> Markup {
    let id = scope + name
    return Tag.div(.class("field")) {
        Tag.label(.for("field-\(id)")) { label }
        if let hint { Tag.p(.class("hint"), .id("hint-\(id)")) { hint } }
        Tag.textarea(
            .id("field-\(id)"), .name(name), Attribute("rows", String(rows)), isRequired ? .isRequired : nil,
            hint == nil ? nil : .describedBy("hint-\(id)")
        ) { visit.typed.optional(name) ?? value }
    }
}

/// A labelled choice of one.
func choice(
    _ name: String, _ label: String, _ visit: Visit, options: [(value: String, words: String)], value: String = "",
    hint: String? = nil
) -> Markup {
    let chosen = visit.typed.optional(name) ?? value
    return Tag.div(.class("field")) {
        Tag.label(.for("field-\(name)")) { label }
        if let hint { Tag.p(.class("hint"), .id("hint-\(name)")) { hint } }
        Tag.select(.id("field-\(name)"), .name(name), hint == nil ? nil : .describedBy("hint-\(name)")) {
            for option in options {
                Tag.option(.value(option.value), option.value == chosen ? .isSelected : nil) { option.words }
            }
        }
    }
}

/// A box to tick.
func tick(_ name: String, _ label: String, _ visit: Visit, value: String = "yes", isTicked: Bool = false) -> Markup {
    let id = "field-\(name)-\(value)"
    return Tag.div(.class("tick")) {
        Tag.input(
            .id(id), .type("checkbox"), .name(name), .value(value),
            isTicked || visit.typed.all(name).contains(value) ? .isChecked : nil)
        Tag.label(.for(id)) { label }
    }
}

func submit(_ words: String, isDangerous: Bool = false) -> Markup {
    Tag.button(.type("submit"), .class(isDangerous ? "main danger" : "main")) { words }
}

/// What an action would do, said before it is done, with the reason that goes into the record. `scope` keeps ids apart where a
/// page has several.
func actionForm(
    _ address: String, _ visit: Visit, title: String, consequence: String, button: String, isDangerous: Bool = false,
    reasonIsRequired: Bool = true, scope: String = "", @MarkupBuilder fields: () -> Markup = { Markup() }
) -> Markup {
    plainAction(address, visit, title: title, consequence: consequence, button: button, isDangerous: isDangerous) {
        fields()
        textField("reason", "Reason", visit, hint: "It goes into the audit log.", isRequired: reasonIsRequired, scope: scope)
    }
}

/// The same for what takes no reason. A form that was refused stands open, with what was said about it.
func plainAction(
    _ address: String, _ visit: Visit, title: String, consequence: String, button: String, isDangerous: Bool = false,
    @MarkupBuilder fields: () -> Markup = { Markup() }
) -> Markup {
    Tag.details(.class("action"), visit.refusedForm == address ? .isOpen : nil) {
        Tag.summary { title }
        form(address, visit) {
            Tag.p { consequence }
            if let problem = visit.problem, visit.refusedForm == address { notice(.bad) { Tag.p { problem.message } } }
            fields()
            submit(button, isDangerous: isDangerous)
        }
    }
}

/// Narrows a list to a model and to what goes on.
func filterByModel(_ address: String, _ model: ModelName?, onlyOpen: Bool) -> Markup {
    Tag.form(.class("filter"), .method("get"), .action(address)) {
        Tag.div {
            Tag.label(.for("model")) { "Model" }
            Tag.input(.id("model"), .name("model"), .type("search"), .value(model?.text ?? ""))
        }
        Tag.div {
            Tag.input(.id("open"), .type("checkbox"), .name("open"), .value("true"), onlyOpen ? .isChecked : nil)
            Tag.label(.for("open")) { "Only those that go on" }
        }
        Tag.button(.type("submit")) { "Show" }
    }
}
