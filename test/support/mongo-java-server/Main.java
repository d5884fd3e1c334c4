import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoSilentServerException;
import io.netty.channel.Channel;
import java.io.OutputStream;
import java.util.List;

/**
 * mongo-java-server, the MongoDB-compatible server of the tests in which each command is atomic. It keeps its data in memory.
 *
 *   java -cp … Main PORT
 *
 * It ends when its standard input does, so that it never outlives who started it.
 */
final class Main {
  public static void main(String[] arguments) {
    try {
      new MongoServer(new Backend()).bind("127.0.0.1", Integer.parseInt(arguments[0]));
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (Throwable failure) {
      failure.printStackTrace();
    }
    // Without waiting for connections that are open.
    Runtime.getRuntime().halt(0);
  }

  private static final class Backend extends MemoryBackend {
    Backend() {
      version(new NewEnough());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      try {
        return super.handleCommand(channel, database, command, query);
      } catch (MongoSilentServerException nothingThere) {
        // MongoDB says so by a code.
        if (!command.equals("drop")) throw nothingThere;
        throw new MongoServerError(26, "NamespaceNotFound", nothingThere.getMessage());
      }
    }
  }

  /** What Node's driver takes: it speaks the same to MongoDB 5.0. */
  private static final class NewEnough implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }
}
