"""TEMP"""
from dataclasses import dataclass
from functools import cached_property
import re
@dataclass(frozen=True)
class Factor:
    name: str; shape: tuple; kind: str = "dense"; shared: bool = False
@dataclass(frozen=True)
class Step:
    left: str; right: str; shape: tuple; multiplications: int; shared: bool
def _join(a,b):
    if a[0]=="dense" and b[0]=="dense": return ("dense",a[1] and b[1]),1
    return ("dense", a[1] and b[1]),0
def cost(l,r,n):
    (m,k),lk,ls=l; (_,c),rk,rs=r
    sh=ls and rs
    if lk=="diagonal" and rk=="diagonal": mult=k; kind="diagonal"
    elif lk=="dense" and rk=="dense": mult=m*k*c; kind="dense"
    elif lk=="softmax" and rk=="dense" or lk=="dense" and rk=="softmax": mult=2*m*c; kind="dense"
    else: mult=m*c; kind="dense"
    return mult*(1 if sh else n), ((m,c),kind,sh)
@dataclass(frozen=True)
class Bracketing:
    factors: tuple; tree: object; n_samples: int = 1
    @cached_property
    def steps(self):
        out=[]
        def go(t):
            if isinstance(t,int):
                f=self.factors[t]; return (f.shape,f.kind,f.shared), f.name
            (l,ln),(r,rn)=go(t[0]),go(t[1])
            c,res=cost(l,r,self.n_samples)
            out.append(Step(ln,rn,(l[0][0],l[0][1],r[0][1]),c,res[2]))
            return res, f"({ln} {rn})"
        go(self.tree); return tuple(out)
    @property
    def multiplications(self): return sum(s.multiplications for s in self.steps)
    @property
    def formula(self):
        def go(t):
            return self.factors[t].name if isinstance(t,int) else f"({go(t[0])} {go(t[1])})"
        s=go(self.tree); return s[1:-1] if s[0]=="(" else s
def cheapest(factors,n_samples=1):
    N=len(factors); best={}
    for i in range(N): f=factors[i]; best[i,i]=(0,(f.shape,f.kind,f.shared),i)
    for w in range(1,N):
        for i in range(N-w):
            j=i+w; b=None
            for k in range(j-1,i-1,-1):
                c,res=cost(best[i,k][1],best[k+1,j][1],n_samples)
                t=best[i,k][0]+best[k+1,j][0]+c
                if b is None or t<b[0]: b=(t,res,(best[i,k][2],best[k+1,j][2]))
            best[i,j]=b
    return Bracketing(tuple(factors),best[0,N-1][2],n_samples)
def from_left(factors,n_samples=1):
    t=0
    for i in range(1,len(factors)): t=(t,i)
    return Bracketing(tuple(factors),t,n_samples)
def from_right(factors,n_samples=1):
    t=len(factors)-1
    for i in range(len(factors)-2,-1,-1): t=(i,t)
    return Bracketing(tuple(factors),t,n_samples)
def parse(text,factors,n_samples=1):
    names=[f.name for f in factors]
    toks=re.findall(r"\(|\)|[A-Za-z]+\d*",text); pos=0
    def seq():
        nonlocal pos
        cur=None
        while pos<len(toks) and toks[pos]!=")":
            if toks[pos]=="(":
                pos+=1; x=seq(); pos+=1
            else: x=names.index(toks[pos]); pos+=1
            cur=x if cur is None else (cur,x)
        return cur
    return Bracketing(tuple(factors),seq(),n_samples)
