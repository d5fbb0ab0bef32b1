"""The template language itself, against Velocity's user guide (https://velocity.apache.org/engine/1.7/user-guide.html)."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from supplements._velocity import from_json, render  # noqa: E402

DOCUMENT = {"a": 1, "lines": [{"sku": "x", "paid": True}, {"sku": "y", "paid": False}], "my-key": "v", "text": "it's", "none": None, "empty": ""}


@pytest.mark.parametrize(
    "template, expected",
    [
        ("$d.a ${d.a}b $d.my-key $d['my-key'] $d.lines[1].sku $d.lines.get(0).sku", "1 1b v v y x"),
        ("$d.absent $!d.absent ${d.absent} $!{d.absent} $d.none.deeper", "$d.absent  ${d.absent}  $d.none.deeper"),
        ("$d.lines[0] $d.lines[0].paid $d.lines", '{sku=x, paid=true} true [{"sku":"x","paid":true},{"sku":"y","paid":false}]'),
        ("#set($x = $d.a)$x#set($x = $d.absent)$x", "11"),
        ('#set($m = {"k": [1, "b", true]})$m #set($r = $m.put("k2", 2))$m.keySet() $m.size()', "{k=[1, b, true]} [k, k2] 2"),
        ('#set($d.lines[0]["a-b"] = 3)#set($k = "c")#set($d.lines[0][$k] = 4)$d.lines[0].a-b$d.lines[0].c', "34"),
        ("#foreach($l in $d.lines)$velocityCount:$foreach.index:$foreach.count:$l.sku#if($foreach.hasNext),#end#end", "1:0:1:x,2:1:2:y"),
        ("#foreach($v in {'k': 'v'})$v#end #foreach($e in $d.lines[0].entrySet())$e.key=$e.value;$e.getKey() #end", "v sku=x;sku paid=true;paid "),
        ("#foreach($i in [1..3])#set($last = $i)#end$last #foreach($i in $d.absent)x#end", "3 "),
        ("#if($d.empty)set#else unset#end #if($d.none)set#{else}unset#end #if(!$d.absent && $d.a == '1')both#end", "set unset both"),
        ("#if($d.a > 0)more#elseif($d.a == 0)none#end#if('' > 0)never#end #if($d.lines[1].paid || $d.lines[0].paid)either#end", "more either"),
        ("#set($n = 7 / 2)$n #set($n = 7 % 2)$n #set($n = 2 + 3 * 4)$n #set($s = 'n' + 1)$s #set($n = $n - 1)$n", "3 1 14 n1 13"),
        ("""#set($s = "a ""$d.a"" 'b'")$s #set($s = 'a $d.a "b" ''c''')$s""", """a "1" 'b' a $d.a "b" 'c'"""),
        ("""$d.text.replaceAll("'", "\\\\'") #set($s = "a\\'b")$s.replaceAll("\\\\'", "'")""", "it\\'s a'b"),
        ("$d.text.length() $d.text.toUpperCase().substring(0, 2) $d.text.indexOf('s')", "4 IT 3"),
        ("$d.text.contains('t') $d.text.equals('x') $d.text.matches('it') $d.text.trim().endsWith('s')", "true false false true"),
        ("#set($p = $d.text.split(\"'\"))$p[1] $p.size() $d.text.replaceAll('(i)(t)', '$2$1') $d.text.startsWith('it')", "s 2 ti's true"),
        ("## gone\nkept #* gone *#too #fff $5 \\\"q\\\"", 'kept too #fff $5 \\"q\\"'),
        ("#macro(twice $v)$v$v#end#twice('ab')", "abab"),
        ("$d.text.__class__ $d.text.upper() $d.pop('a') $d.a", "$d.text.__class__ $d.text.upper() $d.pop('a') 1"),
    ],
)
def test_renders_as_velocity_does(template, expected):
    assert render(template, {"d": from_json(DOCUMENT)}) == expected
