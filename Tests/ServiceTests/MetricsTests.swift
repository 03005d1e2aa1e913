import Foundation
import Testing

@testable import Service

@Suite("Counting")
struct MetricsTests {
    @Test("a block's counters start at zero and are apart from each other")
    func block() {
        let block = CounterBlock(count: 17)
        block.add(at: 0)
        block.add(5, at: 16)
        block.add(at: 16)
        #expect((0..<17).map { block.value(at: $0) } == [1] + Array(repeating: 0, count: 15) + [6])
    }

    @Test("a reader on another thread sees a counter that only grows, and at last the writer's sum")
    func oneWriterAnyReaders() async {
        let block = CounterBlock(count: 1)
        let rounds: UInt64 = 200_000
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for _ in 0..<rounds { block.add(at: 0) }
                return true
            }
            group.addTask {
                var last: UInt64 = 0
                for _ in 0..<rounds {
                    let seen = block.value(at: 0)
                    guard seen >= last else { return false }
                    last = seen
                }
                return true
            }
            for await grew in group { #expect(grew) }
        }
        #expect(block.value(at: 0) == rounds)
    }

    @Test("every route, status, outcome and limit has a counter of its own")
    func everyLabelApart() {
        let metrics = LoopMetrics()
        for route in RouteLabel.allCases {
            let untouched = LoopMetrics.statuses.allSatisfy { metrics.requests(route, status: $0) == 0 }
            #expect(untouched, "\(route)")
            for status in LoopMetrics.statuses { metrics.answered(route, status: status) }
            let counted = LoopMetrics.statuses.allSatisfy { metrics.requests(route, status: $0) == 1 }
            #expect(counted, "\(route)")
        }
        for outcome in PurchaseOutcome.all {
            #expect(metrics.purchases(outcome) == 0)
            metrics.purchased(outcome)
            #expect(metrics.purchases(outcome) == 1)
        }
        for limit in LimitLabel.allCases {
            #expect(metrics.reaches(limit) == 0)
            metrics.reached(limit)
            #expect(metrics.reaches(limit) == 1)
        }
    }

    @Test("open connections are those accepted and not yet closed")
    func connections() {
        let metrics = LoopMetrics()
        for _ in 0..<3 { metrics.connectionOpened() }
        metrics.connectionClosed()
        #expect(metrics.connectionsAccepted == 3)
        #expect(metrics.connectionsOpen == 2)
    }

    @Test("labels are unique, and a limit's label is the setting that changes it")
    func labels() {
        #expect(Set(RouteLabel.allCases.map(\.label)).count == RouteLabel.allCases.count)
        #expect(Set(PurchaseOutcome.all.map(\.label)).count == PurchaseOutcome.all.count)
        for (index, outcome) in PurchaseOutcome.all.enumerated() { #expect(outcome.index == index) }
        for limit in LimitLabel.allCases { #expect(Setting.at(limit.label) != nil, "\(limit.label)") }
        #expect(Set(LimitLabel.allCases.map(\.label)).count == LimitLabel.allCases.count)
    }

    @Test("the process's memory and processor time are read from what proc(5) describes")
    func process() {
        var reading = ProcessReading(startedMilliseconds: 1_000, descriptorsMax: 1_024)
        reading.takeMemory(fromStatus: "Name:\tVmRSS: 1 kB\nVmSize:\t   20 kB\nVmRSS:\t    10 kB\nVmLck: x kB\n")
        reading.takeProcessorTime(fromStat: "7 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 150 50 0 0\n")
        #expect(reading.residentBytes == 10_240)
        #expect(reading.virtualBytes == 20_480)
        #expect(reading.processorSeconds == 2)
        reading.takeProcessorTime(fromStat: "7 (cut")
        #expect(reading.processorSeconds == 2)
    }

    @Test("this process's own reading is there")
    func thisProcess() {
        let reading = ProcessReading.current(startedMilliseconds: 0, descriptorsMax: 1)
        #expect((reading.residentBytes ?? 0) > 1_000_000)
        #expect(reading.processorSeconds != nil)
        #expect(reading.descriptorsOpen ?? 3 >= 3)
    }
}
