/// The results in the order of `elements`, computed by all processors. The parts are the elements, so the results do not
/// depend on how many processors there are. `concurrentMap` with the compiler's check that nothing unsafe is shared.
package func inParallel<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ transform: @Sendable (Element) -> Result
) -> [Result] {
    concurrentMap(count: elements.count) { transform(elements[$0]) }
}
