MsgBox "hello"
