#!/usr/bin/env escript
%% Processes that pass a token around, timers, receive with a time-out, monitors, ets, a child, random numbers.
-mode(compile).

scale() ->
    case os:getenv("GUEST_NATIVE") of
        false -> 1.0;
        _ -> 0.01
    end.

%% Milliseconds of virtual time.
span(Seconds) -> round(Seconds * 1000 * scale()).

ring(Next, Home) ->
    receive
        {token, 0} -> Home ! done;
        {token, Left} -> Next ! {token, Left - 1}, ring(Next, Home);
        stop -> ok
    end.

token_ring(Count, Rounds) ->
    Home = self(),
    First = lists:foldl(fun(_, Next) -> spawn(fun() -> ring(Next, Home) end) end, self(), lists:seq(1, Count)),
    relay(First, Rounds * (Count + 1)).

relay(First, Rounds) ->
    First ! {token, Rounds},
    receive
        done -> ok;
        {token, Left} when Left > 0 -> relay(First, Left - 1);
        {token, 0} -> ok
    end.

in_order_of_their_timers() ->
    [erlang:send_after(span(N), self(), {timer, N}) || N <- [3, 1, 2]],
    [receive {timer, N} -> N end || _ <- [1, 2, 3]].

main(_) ->
    Start = erlang:monotonic_time(millisecond),
    ok = token_ring(100, 50),
    [1, 2, 3] = in_order_of_their_timers(),
    nothing = receive never -> never after span(2) -> nothing end,

    {Pid, Monitor} = spawn_monitor(fun() -> timer:sleep(span(1)), exit(gone) end),
    gone = receive {'DOWN', Monitor, process, Pid, Why} -> Why end,

    Table = ets:new(sums, [public]),
    Home = self(),
    Workers = [spawn(fun() ->
                   timer:sleep(span(N / 10)),
                   ets:insert(Table, {N, lists:sum(lists:seq(1, N * 1000))}),
                   Home ! {finished, N}
               end) || N <- lists:seq(1, 20)],
    Finished = [receive {finished, N} -> N end || _ <- Workers],
    20 = ets:info(Table, size),

    ok = file:write_file("kept", <<"bytes">>),
    {ok, <<"bytes">>} = file:read_file("kept"),
    Child = os:cmd("echo child; sleep 1; echo end"),
    "child\nend\n" = Child,

    Elapsed = erlang:monotonic_time(millisecond) - Start,
    io:format("finished ~w~n", [Finished]),
    io:format("random ~w ~s~n", [rand:uniform(1000000), binary:encode_hex(rand:bytes(8))]),
    io:format("reference ~w pid ~s~n", [make_ref(), os:getpid()]),
    io:format("schedulers ~w elapsed ~w~n", [erlang:system_info(schedulers), Elapsed]),
    io:format("time ~w~n", [erlang:system_time(second)]).
