import collections, os
from tests.resources.test_fuzz import *
def test_stats(fuzzed):
    stats=collections.Counter(); bad={}
    orig=fuzzed.send
    def send(request):
        before = fuzzed.database.db.lastTransaction()
        g=dict(request); url=g.pop("url")
        try:
            a=fuzzed.api.request(url,**g,status="*")
        except AssertionError as e:
            bad.setdefault(str(e).split("?")[0][:120],[]).append(request); return
        except Exception as e:
            bad.setdefault(repr(e)[:200],[]).append(request); return
        import re
        stats[(request["method"], a.status_int)]+=1
        if a.status_int>=300 and fuzzed.database.db.lastTransaction()!=before:
            bad.setdefault(f"trace {a.status_int}",[]).append(request)
    @settings(max_examples=int(os.environ.get("N","1500")),derandomize=True,deadline=None,database=None,suppress_health_check=list(HealthCheck))
    @given(st.lists(requests(fuzzed), min_size=1, max_size=8))
    def run(sequence):
        fuzzed.renew()
        for r in sequence: send(r)
        try: fuzzed.check()
        except AssertionError as e: bad.setdefault("CHECK "+str(e)[:300],[]).append(sequence)
    run()
    for k,v in sorted(stats.items()): print(k,v)
    for k,v in bad.items(): print("BAD",k,len(v)); [print("   ",str(x)[:700]) for x in v[:3]]

def test_names(fuzzed):
    print(len(fuzzed.schemas), list(fuzzed.schemas)[:5])
    for k,v in fuzzed.names.items(): print(k, {m: {n: len(x) for n,x in p.items()} for m,p in v.items()})
