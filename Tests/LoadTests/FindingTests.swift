import Testing

@testable import stockkeeper_bench

@Suite("Finding")
struct FindingTests {
    @Test(
        "the median is the middle, or the mean of the two middle values",
        arguments: [([], 0), ([3], 3), ([9, 1, 5], 5), ([4, 1, 3, 2], 2.5)] as [([Double], Double)]
    )
    func median(values: [Double], expected: Double) {
        #expect(values.median == expected)
    }

    @Test("a figure is the median of its rounds, with their spread and its distance from the goal")
    func figure() {
        let finding = make([0.9, 0.7, 0.8], Goal(.atLeast(0.85), bound: .atLeast(0.4)))
        #expect(finding.value == 0.8)
        #expect(finding.low == 0.7)
        #expect(finding.high == 0.9)
        #expect(!finding.isMet)
        #expect(abs(finding.margin + 0.05) < 1e-9)
        #expect(finding.brokenBound == nil)
    }

    @Test("a bound is broken only on its wrong side", arguments: [(0.39, true), (0.4, false), (0.9, false)])
    func bound(value: Double, isBroken: Bool) {
        #expect((make([value], Goal(.atLeast(0.85), bound: .atLeast(0.4))).brokenBound != nil) == isBroken)
        #expect((make([-value], Goal(.atMost(-0.85), bound: .atMost(-0.4))).brokenBound != nil) == isBroken)
    }

    @Test("every goal is stricter than the bound beside it")
    func goals() {
        for goal in [
            Goals.purchaseHot, Goals.purchaseZipf, Goals.soldOut, Goals.get, Goals.syscallsPerRequest,
            Goals.allocationsPerPurchase, Goals.slowDiskPurchase(connections: 256),
            Goals.slowDiskPurchase(connections: 1_024),
        ] {
            switch (goal.limit, goal.bound) {
            case (.atLeast(let limit), .atLeast(let bound)?): #expect(limit > bound)
            case (.atMost(let limit), .atMost(let bound)?): #expect(limit < bound)
            case (.atLeast, _), (.atMost, _): Issue.record("the bound looks the other way")
            }
        }
    }

    @Test("both tools' reports are read")
    func syscallReports() {
        let perf = """
            # started on Sat

            200,,raw_syscalls:sys_enter,1,100.00,,
            <not counted>,,syscalls:sys_enter_futex,0,100.00,,
            90,,syscalls:sys_enter_epoll_wait,1,100.00,,
            """
        #expect(SyscallCounter.readPerf(perf) == ["total": 200, "epoll_wait": 90])
        let strace = """
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             60.00    0.000100           1       110           read
             40.00    0.000100           1        90         3 sendto
            ------ ----------- ----------- --------- --------- ----------------
            100.00    0.000200           1       200         3 total
            """
        #expect(SyscallCounter.readStrace(strace) == ["total": 200, "read": 110, "sendto": 90])
    }

    private func make(_ values: [Double], _ goal: Goal) -> Finding {
        Finding("x", connections: 1, server: "", values: values, unit: "", goal: goal)
    }
}
