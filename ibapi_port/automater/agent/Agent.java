import java.awt.*;
import java.awt.event.*;
import java.awt.image.BufferedImage;
import java.io.*;
import java.lang.instrument.Instrumentation;
import java.lang.ref.WeakReference;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.List;
import java.util.concurrent.*;
import java.util.regex.*;
import javax.swing.*;
import javax.swing.text.JTextComponent;

/**
 * Tells what windows a program shows and does single things in them: it clicks, types, selects,
 * closes, takes pictures. It decides nothing. JSON lines go over a loopback socket; the address and
 * a token stand in the file that the agent's argument names.
 */
public final class Agent implements AWTEventListener {
    private static final int WATCH_MS = 250, STALL_MS = 2000;
    private final Map<Component, Integer> ids = new WeakHashMap<>();
    private final Map<Integer, WeakReference<Component>> seen = new HashMap<>();
    private final Map<Window, Integer> shows = new WeakHashMap<>();
    private final Map<Window, String> last = new WeakHashMap<>();
    private final BlockingQueue<String> out = new LinkedBlockingQueue<>();
    private static volatile boolean closed;
    private volatile Thread edt;
    private int count;
    private String trouble;

    public static void premain(String file, Instrumentation instrumentation) {
        agentmain(file, instrumentation);
    }

    public static void agentmain(String file, Instrumentation instrumentation) {
        if (System.getProperty("ibapi.agent") != null) return; // it was given twice
        System.setProperty("ibapi.agent", "1");
        daemon("ibapi-agent", () -> new Agent().run(file, instrumentation));
    }

    private static void daemon(String name, Callable<?> call) {
        Thread thread = new Thread(() -> {
            try {
                call.call();
            } catch (Throwable e) { // the program must go on whatever befalls its agent
                System.err.println("ibapi agent: " + e);
            }
            closed = true; // the line has ended, by whichever end: what is told would fill the memory
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    private Object run(String file, Instrumentation instrumentation) throws Exception {
        // AWT is not begun by us: a program without windows would never end then.
        while (Arrays.stream(instrumentation.getAllLoadedClasses()).noneMatch(c -> c.getName().equals("java.awt.Window"))) Thread.sleep(50);
        String[] where = new String(Files.readAllBytes(Paths.get(file)), StandardCharsets.UTF_8).trim().split(" ");
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), Integer.parseInt(where[0]));
        socket.setTcpNoDelay(true);
        out.add("{\"ev\":\"hello\",\"token\":" + quote(where[1]) + ",\"pid\":"
                + java.lang.management.ManagementFactory.getRuntimeMXBean().getName().split("@")[0] + "}");
        OutputStream stream = socket.getOutputStream();
        daemon("ibapi-agent-out", () -> { while (true) stream.write((out.take() + "\n").getBytes(StandardCharsets.UTF_8)); });
        while (Window.getWindows().length == 0) Thread.sleep(50);
        out.add("{\"ev\":\"awt\"}");
        Toolkit.getDefaultToolkit().addAWTEventListener(this, AWTEvent.WINDOW_EVENT_MASK | AWTEvent.COMPONENT_EVENT_MASK);
        daemon("ibapi-agent-watch", this::watch);
        BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) command(parse(line));
        return null;
    }

    // --- what is told ---

    @Override
    public void eventDispatched(AWTEvent event) {
        edt = Thread.currentThread();
        if (closed || !(event.getSource() instanceof Window)) return;
        Window window = (Window) event.getSource();
        if (event.getID() == WindowEvent.WINDOW_CLOSED || event.getID() == ComponentEvent.COMPONENT_HIDDEN) gone(window);
        else look(window);
    }

    /** Tells that a window was opened, if that is new, or that it has changed. */
    private void look(Window window) {
        if (!window.isShowing() || window.getClass().getName().contains("HeavyWeight")) return;
        String tree;
        try {
            tree = tree(window, new StringBuilder()).toString();
        } catch (RuntimeException | Error e) { // it must never hurt the program; the next look may do
            if (!String.valueOf(e).equals(trouble)) out.add("{\"re\":0,\"do\":\"look\",\"error\":" + quote(trouble = String.valueOf(e)) + "}");
            return;
        }
        String before = last.put(window, tree);
        if (before == null) shows.merge(window, 1, Integer::sum);
        if (!tree.equals(before)) event(before == null ? "opened" : "changed", window, tree);
    }

    private void gone(Window window) {
        String tree = last.remove(window);
        if (tree != null) event("closed", window, tree);
    }

    private void event(String kind, Window window, String tree) {
        out.add("{\"ev\":\"" + kind + "\",\"win\":" + id(window) + ",\"show\":" + shows.getOrDefault(window, 0)
                + ",\"title\":" + quote(text(window, "")) + ",\"tree\":" + tree + "}");
    }

    /** Looks at all windows again and again: a button that is enabled later raises no event. */
    private Object watch() throws Exception {
        Semaphore turn = new Semaphore(1);
        while (!closed) {
            boolean showing = false;
            for (Window window : Window.getWindows()) showing |= window.isShowing();
            // Nothing is posted while no window shows: it would keep the program from ending.
            if ((showing || !last.isEmpty()) && turn.tryAcquire())
                EventQueue.invokeLater(() -> {
                    edt = Thread.currentThread();
                    try {
                        lookAround();
                    } finally {
                        turn.release();
                    }
                });
            Thread.sleep(WATCH_MS);
        }
        return null;
    }

    private void lookAround() {
        for (Window window : Window.getWindows()) look(window);
        for (Window window : new ArrayList<>(last.keySet())) if (!window.isShowing()) gone(window);
    }

    private int id(Component component) {
        return ids.computeIfAbsent(component, c -> {
            seen.put(++count, new WeakReference<>(c));
            if (count % 1000 == 0) seen.values().removeIf(r -> r.get() == null);
            return count;
        });
    }

    private StringBuilder tree(Component c, StringBuilder b) {
        String kind = kind(c), text = text(c, kind);
        b.append("{\"id\":").append(id(c)).append(",\"k\":\"").append(kind).append('"');
        b.append(",\"c\":").append(quote(c.getClass().getSimpleName()));
        if (text != null) b.append(",\"t\":").append(quote(text));
        if (c.getName() != null) b.append(",\"n\":").append(quote(c.getName()));
        if (!c.isEnabled()) b.append(",\"e\":false");
        if (!c.isShowing()) b.append(",\"v\":false");
        if (c instanceof AbstractButton && ((AbstractButton) c).isSelected()) b.append(",\"s\":true");
        if (c instanceof JComponent && ((JComponent) c).getClientProperty("labeledBy") instanceof JLabel)
            b.append(",\"l\":").append(quote(((JLabel) ((JComponent) c).getClientProperty("labeledBy")).getText()));
        Window window = SwingUtilities.getWindowAncestor(c); // none: a window, or in a menu that is closed
        Rectangle r = window == null ? c.getBounds() : SwingUtilities.convertRectangle(c.getParent(), c.getBounds(), window);
        b.append(",\"b\":[").append(r.x).append(',').append(r.y).append(',').append(r.width).append(',').append(r.height).append(']');
        List<String> items = items(c);
        if (!items.isEmpty()) b.append(",\"items\":[").append(String.join(",", items)).append(']');
        Component[] children = c instanceof JMenu ? ((JMenu) c).getMenuComponents()
                : c instanceof Container ? ((Container) c).getComponents() : new Component[0];
        if (c instanceof JFrame && ((JFrame) c).getJMenuBar() != null && children.length == 0)
            children = new Component[] {((JFrame) c).getJMenuBar()};
        String comma = ",\"ch\":[";
        for (Component child : children)
            if (!(child instanceof Window)) {
                tree(child, b.append(comma));
                comma = ",";
            }
        return b.append(comma.equals(",") ? "]}" : "}");
    }

    private static String kind(Component c) {
        return c instanceof Frame ? "frame" : c instanceof Dialog ? "dialog" : c instanceof JMenu ? "menu"
                : c instanceof JMenuItem ? "item" : c instanceof JCheckBox ? "check" : c instanceof JRadioButton ? "radio"
                : c instanceof JToggleButton ? "toggle" : c instanceof AbstractButton ? "button"
                : c instanceof JPasswordField ? "password" : c instanceof JTextField ? "text"
                : c instanceof JTextComponent ? "area" : c instanceof JLabel ? "label" : c instanceof JList ? "list"
                : c instanceof JComboBox ? "combo" : c instanceof JTree ? "tree" : c instanceof JTable ? "table" : "other";
    }

    private static String text(Component c, String kind) {
        if (kind.equals("password")) return null; // never leaves the program
        if (c instanceof Frame) return ((Frame) c).getTitle();
        if (c instanceof Dialog) return ((Dialog) c).getTitle();
        if (c instanceof AbstractButton) return ((AbstractButton) c).getText();
        if (c instanceof JLabel) return ((JLabel) c).getText();
        if (!(c instanceof JTextComponent)) return null;
        javax.swing.text.Document d = ((JTextComponent) c).getDocument();
        try {
            return d.getText(0, d.getLength()); // of a pane that shows HTML too: without its tags
        } catch (javax.swing.text.BadLocationException e) {
            return null;
        }
    }

    private static List<String> items(Component c) {
        List<String> found = new ArrayList<>();
        if (c instanceof JTree) {
            JTree tree = (JTree) c;
            for (int i = 0; i < tree.getRowCount(); i++) tree.expandRow(i); // it grows while it goes on
            for (int i = 0; i < tree.getRowCount(); i++) {
                StringBuilder path = new StringBuilder();
                for (Object part : tree.getPathForRow(i).getPath()) path.append(path.length() > 0 ? "\t" : "").append(part);
                found.add(quote(path.toString()));
            }
        }
        ListModel<?> model = c instanceof JList ? ((JList<?>) c).getModel() : c instanceof JComboBox ? ((JComboBox<?>) c).getModel() : null;
        if (model != null)
            for (int i = 0; i < Math.min(model.getSize(), 200); i++) found.add(quote(String.valueOf(model.getElementAt(i))));
        return found;
    }

    // --- what is done ---

    private void command(Map<String, String> command) throws Exception {
        String what = command.get("do");
        FutureTask<String> future = new FutureTask<>(() -> perform(what, command));
        EventQueue.invokeLater(future);
        String answer;
        try {
            answer = future.get(STALL_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) { // the program hangs: say where
            answer = "\"error\":" + quote("no answer from the window's thread: "
                    + (edt == null ? "" : Arrays.toString(edt.getStackTrace())));
        } catch (ExecutionException e) {
            answer = "\"error\":" + quote(String.valueOf(e.getCause()));
        }
        if (command.get("id") != null)
            out.add("{\"re\":" + command.get("id") + ",\"do\":" + quote(what) + "," + answer + "}");
    }

    private String perform(String what, Map<String, String> command) throws Exception {
        int id = Integer.parseInt(command.getOrDefault("c", command.getOrDefault("w", "0")));
        Component c = seen.getOrDefault(id, new WeakReference<>(null)).get();
        if (c == null) throw new IllegalArgumentException("there is no such component");
        if (what.equals("shot")) return "\"png\":" + quote(picture(c));
        if (!c.isEnabled()) throw new IllegalStateException("it is disabled");
        if (what.equals("click")) EventQueue.invokeLater(() -> { // a modal dialog may follow; its own may be gone by then
            if (c.isShowing() || c instanceof JMenuItem) ((AbstractButton) c).doClick(0);
        });
        else if (what.equals("check")) {
            if (((AbstractButton) c).isSelected() != command.get("value").equals("true")) ((AbstractButton) c).doClick(0);
        } else if (what.equals("type")) ((JTextComponent) c).setText(command.get("text"));
        else if (what.equals("select")) {
            int index = Integer.parseInt(command.get("index"));
            if (c instanceof JList) ((JList<?>) c).setSelectedIndex(index);
            else ((JComboBox<?>) c).setSelectedIndex(index);
        } else if (what.equals("path")) ((JTree) c).setSelectionRow(Integer.parseInt(command.get("index")));
        else if (what.equals("close")) // not by the queue, which drops it while a modal dialog is open
            EventQueue.invokeLater(() -> c.dispatchEvent(new WindowEvent((Window) c, WindowEvent.WINDOW_CLOSING)));
        else throw new IllegalArgumentException("there is no such command");
        EventQueue.invokeLater(this::lookAround);
        return "\"ok\":true";
    }

    private static String picture(Component c) throws IOException {
        BufferedImage image = new BufferedImage(Math.max(c.getWidth(), 1), Math.max(c.getHeight(), 1), BufferedImage.TYPE_INT_RGB);
        c.printAll(image.getGraphics());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        javax.imageio.ImageIO.write(image, "png", bytes);
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    // --- JSON: objects without objects in them are read, texts are written ---

    static String quote(String text) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : (text == null ? "" : text).toCharArray())
            if (c == '"' || c == '\\') b.append('\\').append(c);
            else if (c < ' ' || c > '~') b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        return b.append('"').toString();
    }

    private static final Pattern TEXT = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");
    private static final Pattern PAIR = Pattern.compile("\"(\\w+)\"\\s*:\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^,}\\s]+))");

    static Map<String, String> parse(String line) {
        Map<String, String> found = new HashMap<>();
        for (Matcher m = PAIR.matcher(line); m.find(); ) found.put(m.group(1), m.group(3) != null ? m.group(3) : plain(m.group(2)));
        return found;
    }

    private static String plain(String text) {
        StringBuffer b = new StringBuffer();
        Matcher m = TEXT.matcher(text);
        while (m.find()) {
            String code = m.group(1);
            int at = "ntrbf".indexOf(code);
            String one = code.length() > 1 ? "" + (char) Integer.parseInt(code.substring(1), 16) : at >= 0 ? "" + "\n\t\r\b\f".charAt(at) : code;
            m.appendReplacement(b, Matcher.quoteReplacement(one));
        }
        return m.appendTail(b).toString();
    }
}
